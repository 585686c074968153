"""Transfer functions of Spark that need no frames: who the user is, and how many columns are named."""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.store import registry_of
from mlcheck.flow.values import NONE, Const, Obj, Value, constant_text


def sql(call: Call, sqlQuery: Value | None) -> Value:
    """A statement; one that asks for the current user gives that user's name."""
    text = constant_text(sqlQuery) if sqlQuery is not None else None
    if text is not None and "current_user()" in text.lower().replace(" ", "") and "from" not in text.lower():
        return Obj("current_user")
    return call.top("a frame")


def set_conf(call: Call, key: Value | None, value: Value | None) -> Value:
    """A setting of the session: one of them names MLflow's registry."""
    if key == Const("spark.mlflow.modelRegistryUri") and value is not None:
        call.it.state.registry = registry_of(value)
    return NONE


TRANSFERS: Transfers = {
    "pyspark.sql.SparkSession.conf.set": set_conf,
    "pyspark.sql.SparkSession.sql": sql,
}
