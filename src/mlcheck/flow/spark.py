"""Transfer functions of Spark that need no frames: settings of the session."""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.store import registry_of
from mlcheck.flow.values import NONE, Const, Value


def set_conf(call: Call, key: Value | None, value: Value | None) -> Value:
    """A setting of the session: one of them names MLflow's registry."""
    if key == Const("spark.mlflow.modelRegistryUri") and value is not None:
        call.it.state.registry = registry_of(value)
    return NONE


TRANSFERS: Transfers = {
    "pyspark.sql.SparkSession.conf.set": set_conf,
}
