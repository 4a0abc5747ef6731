"""矛盾纠纷 and 人民调解: from a quarrel that somebody tells to an agreement that is signed, kept and followed up.

States of a dispute: registered D1 → accepted D2 → graded D3 → in mediation D4 → to be signed D6 → in effect D7 →
performing D8 → to be followed up D10 → followed up D11 → filed D12; beside them not accepted D2x, failed D5x,
withdrawn Dq, handed to the police as a case Dk. States of a mediation: accepted → mediating → to_sign → in_effect →
performing → performed → closed; or terminated.

A dispute is the matter and knows its parties. A `people_mediation` is one run of the village committee on it and holds
what the agreement says; when it is signed, an `agreement_seal` keeps the words as they were signed and `rules`
forbids to change them. Police mediation (治安调解) is another track in law and has no place in these records.

Source:  People's Mediation Law (in force 2011-01-01); Some Provisions on the Work of People's Mediation (Ministry of
         Justice order 75); Civil Code arts. 201, 203 and Civil Procedure Law art. 205 for terms;
         Anti-Domestic-Violence Law arts. 16-17.

Start reading at `rules.ALLOWED`, then `actions.STEPS`, `entering.py` (what holds whichever way a record comes in), then
`paper_rules.py`, `gathering.py` and `pdf`.
"""
