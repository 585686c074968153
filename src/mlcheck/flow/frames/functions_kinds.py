"""Which of Spark's functions are aggregates, which need a window, and which make rows of their own.

Source: Spark 4.0.1, `DESCRIBE FUNCTION`, executed.
"""

from __future__ import annotations

AGGREGATES = frozenset(
    [
        *("any", "any_value", "approx_count_distinct", "approx_percentile", "array_agg", "avg"),
        *("bit_and", "bit_or", "bit_xor", "bitmap_construct_agg", "bitmap_or_agg", "bool_and", "bool_or"),
        *("collect_list", "collect_set", "corr", "count", "count_if", "count_min_sketch", "covar_pop", "covar_samp"),
        *("every", "first", "first_value", "grouping", "grouping_id", "histogram_numeric"),
        *("hll_sketch_agg", "hll_union_agg", "kurtosis", "last", "last_value", "listagg"),
        *("max", "max_by", "mean", "median", "min", "min_by", "mode"),
        *("percentile", "percentile_approx", "percentile_cont", "percentile_disc"),
        *("regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope"),
        *("regr_sxx", "regr_sxy", "regr_syy", "schema_of_variant_agg", "skewness", "some"),
        *("std", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "try_avg", "try_sum"),
        *("var_pop", "var_samp", "variance"),
    ]
)
WINDOWS = frozenset(
    ["cume_dist", "dense_rank", "lag", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number"]
)
GENERATORS = frozenset(
    [
        *("explode", "explode_outer", "inline", "inline_outer", "json_tuple", "posexplode", "posexplode_outer"),
        *("stack", "variant_explode", "variant_explode_outer"),
    ]
)
