"""A stand-in for the feature client: tables of local Spark, and the checks that the released one makes of names.

The checks and their texts are those of databricks-feature-engineering 0.18.2, read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

_KEYS: dict[str, tuple[list[str], list[str]]] = {}


class FeatureRefusal(ValueError):
    """The client refuses."""


class FeatureLookup:
    def __init__(
        self,
        table_name: str,
        lookup_key: Any,
        *,
        feature_names: Any = None,
        rename_outputs: Any = None,
        timestamp_lookup_key: Any = None,
        **rest: Any,
    ) -> None:
        self.table_name = table_name
        self.lookup_key = _list(lookup_key)
        self.feature_names = _list(feature_names)
        self.rename_outputs = rename_outputs or {}
        self.timestamp_lookup_key = _list(timestamp_lookup_key)


class TrainingSet:
    def __init__(self, frame: DataFrame) -> None:
        self.frame = frame

    def load_df(self) -> DataFrame:
        return self.frame


class FeatureEngineeringClient:
    def __init__(self, **rest: Any) -> None:
        self.spark = SparkSession.builder.getOrCreate()

    def create_table(
        self,
        *,
        name: str,
        primary_keys: Any,
        df: DataFrame | None = None,
        timeseries_columns: Any = None,
        schema: Any = None,
        **rest: Any,
    ) -> None:
        keys, times = _list(primary_keys), _list(timeseries_columns)
        for time in times:
            if time not in keys:
                raise FeatureRefusal(
                    f"Timeseries column '{time}' is not in primary_keys. Timeseries columns must be primary keys."
                )
        frame = df if df is not None else self.spark.createDataFrame([], schema)
        for key in keys:
            if key not in frame.columns:
                raise FeatureRefusal(f"The provided key '{key}' is not in the DataFrame")
        _KEYS[name] = (keys, times)
        self._write(name, frame)

    def write_table(self, *, name: str, df: DataFrame, mode: str = "merge", **rest: Any) -> None:
        self._write(name, df)

    def _write(self, name: str, frame: DataFrame) -> None:
        rows = frame.limit(40).collect()
        self.spark.sql(f"CREATE DATABASE IF NOT EXISTS {name.split('.')[-2]}")
        self.spark.createDataFrame(rows, frame.schema).write.mode("overwrite").saveAsTable(name)

    def read_table(self, *, name: str, **rest: Any) -> DataFrame:
        return self.spark.table(name)

    def create_training_set(
        self,
        *,
        df: DataFrame,
        feature_lookups: Sequence[FeatureLookup],
        label: Any,
        exclude_columns: Sequence[str] = (),
        **rest: Any,
    ) -> TrainingSet:
        for one in _list(label):
            if one not in df.columns:
                raise FeatureRefusal(f"Label column '{one}' was not found in DataFrame")
        frame = df
        for lookup in feature_lookups:
            frame = self._joined(df, frame, lookup)
        return TrainingSet(frame.drop(*exclude_columns))

    def _joined(self, given: DataFrame, frame: DataFrame, lookup: FeatureLookup) -> DataFrame:
        table = self.spark.table(lookup.table_name)
        keys, times = _KEYS.get(lookup.table_name, (lookup.lookup_key, []))
        plain = [key for key in keys if key not in times]
        names = lookup.feature_names or [one for one in table.columns if one not in keys]
        for name in names:
            if name not in table.columns:
                raise FeatureRefusal(
                    f"Unable to find feature '{name}' from feature table '{lookup.table_name}' in Feature Catalog."
                )
        outputs = {name: lookup.rename_outputs.get(name, name) for name in names}
        both = [name for name in outputs.values() if name in given.columns]
        if both:
            raise FeatureRefusal(
                "DataFrame contains column names that match feature output names specified in FeatureLookups: "
                + ", ".join(f"'{name}'" for name in both)
            )
        for key in lookup.lookup_key:
            if key not in given.columns:
                raise FeatureRefusal(
                    f"Unable to join feature table '{lookup.table_name}' because lookup key '{key}' not found in DataFrame."
                )
        pairs = list(zip(plain, lookup.lookup_key))
        right = table.select(
            *[table[key].alias(mine) for key, mine in pairs],
            *[table[name].alias(output) for name, output in outputs.items()],
        ).dropDuplicates([mine for _, mine in pairs])
        return frame.join(right, [mine for _, mine in pairs], "left")

    def score_batch(self, *, model_uri: str, df: DataFrame, result_type: str = "double", **rest: Any) -> DataFrame:
        from pyspark.sql import functions as F

        return df.withColumn("prediction", F.lit(None).cast(result_type))

    def log_model(self, **rest: Any) -> None:
        return None

    def drop_table(self, name: str) -> None:
        self.spark.sql(f"DROP TABLE IF EXISTS {name}")


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
