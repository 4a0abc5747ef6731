"""隐患整改销号: a danger that somebody saw, until it is gone and struck off.

States: 已登记 → 限期整改中 → 合格待销号 → 已销号; 当场整改 goes straight to 合格待销号; a failed re-check
(复查不合格) gets another deadline or is referred; 已移交 is struck off on the department's receipt.

The paper of the room is a hint and a request (安全检查/提示), never the police's order: orders and inspection
transcripts belong to officers and to the province's case system (DOMAIN 2.6).

Sources in law: Regulation on Internal Security of Enterprises and Institutions (2004-09-27) arts. 16, 19; Fire
Protection Law art. 53. The longest term and the days for the re-check are settings, because the county decides.
Start reading: `rules.py` for states and deadlines; `entering.py` gives a hazard the area of its door;
`gathering.py` reads what its papers say.
"""
