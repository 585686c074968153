"""The record: build it, sign it, open it. A payload is had only after its signature.

Building and signing a developer's record, as `mlcheck run` does:

    standing = find_standing(project, base=…, change=…, environment=os.environ)   standing.py
    trust = read_trust(standing.base_tree())                                      trust.py
    tree = RememberedTree(WorkTree(project))                                      reading.py
    decision = judge(tree, settings=…, packs=…, baseline=…)                       the base's, all three
    records = [open_record(file, trust, now) for file in record_files(tree, standing.id)]
                                                    store.py, opening.py: VerifiedRecord | Refusal
    on_base = … developer_files(standing.base_tree())
    carried = carried_answers(decision, [*verified, *verified_on_base], today)    carry.py
    signing = Signing(change_of(standing, trust), running_engine(), developer_signer(principal, name),
                      stamp(now), previous, merges)                               build.py, engine.py
    payload = developer_record(decision, answers, carried, signing,
                               subjects=subjects_of(tree, paths_rested_on(decision)),
                               content=tree.content())                            build.py
    data = sign(payload, key, terminal=…)                                         sign.py
    path = record_path(standing.id, "dev", data)                                  store.py

`previous` is the first of `current(verified)` (chain.py) by its `sha256`, `merges` the others. Answers
are keyed by (item id, instance name).

Reviewing, on what `mlcheck.verify.verify` gives:

    points = reviewable(verification.developer, open_one_pass=trust.policy.open_one_pass)   reviewing.py
    held = carried_verdicts(points, verified, principal)
    given = verdict(point, "agree" | "dispute", note, stamp(now))
    payload = review_record(verification.developer, verdicts, change=…, engine=…, signer=reviewer_signer(…),
                            time=stamp(now), earlier=reviews(verified))
"""
