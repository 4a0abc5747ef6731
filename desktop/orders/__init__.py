"""工单(指令): what somebody above asks of the room, or the room of itself, tracked until it is verified.

Both ways: the county writes an order into the room's scope, the room answers in the same scope. The order itself and
everything that is done about it are rows that are only ever inserted (`order_event`); the state follows from them
(SYNC 3.5), so two sides that act without seeing each other meet no conflict.

States: 已签发 → 已签收 → 办理中 → 已反馈 → 已办结 → 已归档; 已退签 until it is sent again; 退回重办 back to work;
已撤回 ends it at any time before 已办结. 拟稿 is the form's own draft on disk.

Who issued it may verify, send back, withdraw, urge, decide about more time; the room signs for it, works, feeds back.
An event that the doer would not have done had he known what the other side did stays in the list, changes nothing and
says why (`effect`).

Sources: DOMAIN 2.11, 4.3, appendix E; no statute, the deadlines for signing are ours.
Start reading: `rules.py` for states, steps and what wins; `tables.py`; `store.py` works the states out; `entering.py`
says which side an order comes from; `referring.py` notices that are read, and matters that the county hands on.
"""
