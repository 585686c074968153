"""Which class a library's call gives, where its documentation says: what a method is then called on.

Sources: pyspark 4.0, pandas 2.2, mlflow 3.17, read.
"""

from __future__ import annotations

from functools import lru_cache

_FRAME = "pyspark.sql.DataFrame"
_WRITER = "pyspark.sql.DataFrameWriter"
PANDAS_FRAME = "pandas.DataFrame"
_ARRAY = "numpy.ndarray"
_FEATURE_CLIENTS = (
    "databricks.feature_engineering.FeatureEngineeringClient",
    "databricks.feature_store.FeatureStoreClient",
)

_RETURNS: dict[str, str] = {
    "pyspark.sql.SparkSession.table": _FRAME,
    "pyspark.sql.SparkSession.sql": _FRAME,
    "pyspark.sql.SparkSession.range": _FRAME,
    "pyspark.sql.SparkSession.createDataFrame": _FRAME,
    "pyspark.sql.SparkSession.builder.getOrCreate": "pyspark.sql.SparkSession",
    "pyspark.sql.SparkSession.Builder.getOrCreate": "pyspark.sql.SparkSession",
    "pyspark.sql.SparkSession.getActiveSession": "pyspark.sql.SparkSession",
    "pyspark.sql.SparkSession.newSession": "pyspark.sql.SparkSession",
    "notebook.table": _FRAME,
    "notebook.sql": _FRAME,
    **{
        f"pyspark.sql.{of}.{name}": "pyspark.sql.WindowSpec"
        for of in ("Window", "window.Window", "WindowSpec")
        for name in ("partitionBy", "orderBy", "rowsBetween", "rangeBetween")
    },
    f"{_FRAME}.toPandas": PANDAS_FRAME,
    f"{_FRAME}.pandas_api": "pyspark.pandas.DataFrame",
    f"{_FRAME}.groupBy": "pyspark.sql.GroupedData",
    f"{_FRAME}.groupby": "pyspark.sql.GroupedData",
    f"{_FRAME}.rollup": "pyspark.sql.GroupedData",
    f"{_FRAME}.cube": "pyspark.sql.GroupedData",
    "pyspark.sql.GroupedData.pivot": "pyspark.sql.GroupedData",
    "pyspark.pandas.DataFrame.to_pandas": PANDAS_FRAME,
    PANDAS_FRAME: PANDAS_FRAME,
    "pandas.read_sql": PANDAS_FRAME,
    "pandas.read_csv": PANDAS_FRAME,
    "pandas.read_parquet": PANDAS_FRAME,
    "pandas.read_excel": PANDAS_FRAME,
    "pandas.read_json": PANDAS_FRAME,
    "pandas.concat": PANDAS_FRAME,
    "pandas.merge": PANDAS_FRAME,
    "pandas.get_dummies": PANDAS_FRAME,
    "sklearn.pipeline.make_pipeline": "sklearn.pipeline.Pipeline",
    "imblearn.pipeline.make_pipeline": "imblearn.pipeline.Pipeline",
    "sklearn.compose.make_column_transformer": "sklearn.compose.ColumnTransformer",
    "mlflow.pyfunc.load_model": "mlflow.pyfunc.PyFuncModel",
    "mlflow.data.from_spark": "mlflow.data.dataset.Dataset",
    "mlflow.data.from_pandas": "mlflow.data.dataset.Dataset",
    "mlflow.data.load_delta": "mlflow.data.dataset.Dataset",
    "mlflow.models.infer_signature": "mlflow.models.ModelSignature",
    "databricks.feature_engineering.TrainingSet.load_df": _FRAME,
    "delta.tables.DeltaTable.forName": "delta.tables.DeltaTable",
    "delta.tables.DeltaTable.forPath": "delta.tables.DeltaTable",
    "delta.tables.DeltaTable.alias": "delta.tables.DeltaTable",
    "delta.tables.DeltaTable.toDF": _FRAME,
    "delta.tables.DeltaTable.merge": "delta.tables.DeltaMergeBuilder",
    f"{_FRAME}.writeTo": "pyspark.sql.DataFrameWriterV2",
    **{
        f"{client}.{method}": cls
        for client in _FEATURE_CLIENTS
        for method, cls in (
            ("create_training_set", "databricks.feature_engineering.TrainingSet"),
            ("score_batch", _FRAME),
            ("read_table", _FRAME),
        )
    },
}

_READER_ENDS = frozenset({"load", "table", "csv", "parquet", "json", "orc", "text", "jdbc", "toTable"})
# Methods of a frame that give something else than a frame.
_FRAME_OTHERS = frozenset(
    [
        "collect",
        "count",
        "first",
        "head",
        "take",
        "tail",
        "show",
        "printSchema",
        "isEmpty",
        "toLocalIterator",
        "foreach",
        "foreachPartition",
        "write",
        "writeStream",
        "writeTo",
        "createOrReplaceTempView",
        "createTempView",
        "createGlobalTempView",
        "createOrReplaceGlobalTempView",
        "explain",
        "approxQuantile",
        "corr",
        "cov",
        "toJSON",
        "schema",
        "columns",
        "dtypes",
        "rdd",
        "agg_",
        "isStreaming",
    ]
)
_KEEPS_PANDAS = frozenset(
    [
        "copy",
        "drop",
        "dropna",
        "fillna",
        "rename",
        "reset_index",
        "set_index",
        "sort_values",
        "sort_index",
        "merge",
        "join",
        "assign",
        "query",
        "head",
        "tail",
        "sample",
        "astype",
        "replace",
        "drop_duplicates",
        "reindex",
        "select_dtypes",
        "apply",
        "map",
        "applymap",
        "where",
        "mask",
        "clip",
        "round",
        "pivot_table",
        "infer_objects",
        "convert_dtypes",
        "to_frame",
    ]
)
_PREDICTS = frozenset({"predict", "predict_proba", "decision_function"})
_ARRAYS = frozenset({"astype", "ravel", "flatten", "reshape", "squeeze", "copy", "round", "clip", "transpose"})
# Libraries whose `fit` gives the estimator itself.
_FITS_ITSELF = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn", "prophet", "category_encoders"})


@lru_cache(maxsize=8192)
def returned_class(name: str) -> str | None:
    """The class of what a call gives, by its canonical name; None where it is not known."""
    known = _RETURNS.get(name)
    if known is not None:
        return known
    owner, _, method = name.rpartition(".")
    if owner == _FRAME:
        return None if method in _FRAME_OTHERS else _FRAME
    if owner == _WRITER:
        return (
            _WRITER if method not in ("save", "saveAsTable", "insertInto", "parquet", "csv", "json", "jdbc") else None
        )
    if owner in ("delta.tables.DeltaMergeBuilder", "pyspark.sql.DataFrameWriterV2"):
        return owner
    if owner == "pyspark.sql.DataFrameReader":
        return _FRAME if method in _READER_ENDS else "pyspark.sql.DataFrameReader"
    if owner == "pyspark.sql.GroupedData":
        return _FRAME
    if owner in ("pyspark.sql.SparkSession.builder", "pyspark.sql.SparkSession.Builder"):
        return "pyspark.sql.SparkSession.Builder"
    if method in _PREDICTS and owner.partition(".")[0] in _FITS_ITSELF:
        return _ARRAY
    if owner == _ARRAY:
        return _ARRAY if method in _ARRAYS else None
    if owner == PANDAS_FRAME:
        return PANDAS_FRAME if method in _KEEPS_PANDAS else None
    return None


def fits_itself(name: str) -> bool:
    """Whether a call is a `fit` that gives its receiver."""
    return name.endswith(".fit") and name.partition(".")[0] in _FITS_ITSELF
