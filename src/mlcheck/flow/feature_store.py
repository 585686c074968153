"""Transfer functions of the feature client (FeatureEngineeringClient, and the older FeatureStoreClient).

Source: databricks-feature-engineering 0.18.2, read.
"""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import LineageLogged, ModelRegistered
from mlcheck.flow.scope import IMPLICIT_RUN, NO_RUN
from mlcheck.flow.store import registry_of
from mlcheck.flow.values import NONE, Value

CLIENT = "databricks.feature_engineering.FeatureEngineeringClient"
OLDER_CLIENT = "databricks.feature_store.FeatureStoreClient"
CLIENTS = (CLIENT, OLDER_CLIENT)


def log_model(call: Call) -> Value:
    """`fe.log_model`: with a training set, the dataset's lineage is logged with it."""
    keywords = call.arguments.keywords
    if "training_set" in keywords or "feature_spec_path" in keywords:
        call.found(LineageLogged(call.place))
    name: Value | None = keywords.get("registered_model_name")
    if name is not None:
        call.found(ModelRegistered(call.place, name))
        uri = call.receiver.data.get("model_registry_uri", NONE) if call.receiver is not None else NONE
        if uri != NONE:
            call.it.state.registry = registry_of(uri)  # the client sets it for all that follows
    if call.it.state.run == NO_RUN:
        call.it.state.run = IMPLICIT_RUN  # the client opens one where none is
    return NONE


TRANSFERS: Transfers = {f"{client}.log_model": log_model for client in CLIENTS}
