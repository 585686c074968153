"""Every check's name, stable once published: what packs bind to, and code suppresses by."""

from __future__ import annotations

CHECK_NAMES: frozenset[str] = frozenset(
    """
    column-not-found ambiguous-column scd2-filter-missing scd2-filter-wrong join-multiplies-rows
    sql-invalid bundle-structure feature-key-mismatch feature-table-never-rewritten
    feature-write-mode label-feature-collision decimal-to-model date-accessor category-not-encoded
    encoding-refitted coerced-to-nan experiment-path experiment-in-bundle
    experiment-error-swallowed artifact-location helper-not-importable registry-uri autolog
    log-outside-run dataset-outside-run log-model-argument signature-incomplete model-name-levels
    feature-store-log-model exit-hides-failure exit-missing error-swallowed session-stopped
    label-in-features split-leak single-class empty-data division-unguarded label-type
    train-inference-skew inference-type missing-column-filled model-reference
    score-batch-argument task-file-missing parameter-unread parameter-undeclared
    dependency-missing dependency-unpinned dependency-drift timeout-missing
    no-failure-notification schedule-paused task-order compute-unsupported write-not-idempotent
    bundle-unresolved does-not-parse undefined-name call-does-not-fit known-bad-pin
    code-paths-missing name-drift personal-path run-id-misused hardcoded-version
    alias-unvalidated score-from-labels tuned-on-test dataset-version-latest schema-overwritten
    failure-only-recorded feature-values-unclean schema-outdated schema-conflict run-not-logged
    model-note-ignored signature-not-followed column-order-assumed prediction-call-wrong
    suppression-unused
    """.split()
)
