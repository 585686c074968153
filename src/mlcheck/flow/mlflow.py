"""Transfer functions of MLflow: experiments, runs, datasets, registered models.

Sources: mlflow 3.17 (fluent API and client), read; `log_input` outside a run
starts one of its own, executed (tests/oracle).
"""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import DatasetLogged, ExperimentSet, ModelRegistered, RunOpened
from mlcheck.flow.runs import ACTIVE_RUN
from mlcheck.flow.scope import IMPLICIT_RUN, IN_RUN, NO_RUN
from mlcheck.flow.store import registry_of, set_tracking, tracking_of
from mlcheck.flow.values import NONE, Const, Obj, Value

Maybe = Value | None


def set_tracking_uri(call: Call, uri: Maybe) -> Value:
    """Where runs go: `databricks…`, something local, or unknown."""
    set_tracking(call.it.state, tracking_of(uri) if uri is not None else "unknown")
    return NONE


def set_registry_uri(call: Call, uri: Maybe) -> Value:
    call.it.state.registry = registry_of(uri) if uri is not None else "unknown"
    return NONE


def set_experiment(call: Call, experiment_name: Maybe, experiment_id: Maybe) -> Value:
    _experiment(call, experiment_name, experiment_id, creates=False)
    return Obj("mlflow.entities.Experiment", birth=call.it.birth())


def create_experiment(call: Call, name: Maybe, artifact_location: Maybe, tags: Maybe) -> Value:
    _experiment(call, name, None, creates=True)
    return call.top("an experiment's id")


def _experiment(call: Call, name: Maybe, by_id: Maybe, *, creates: bool) -> None:
    given = None if name is None and by_id is not None else name or NONE
    if isinstance(given, Const) and given.value is None and by_id is not None:
        given = None
    call.found(ExperimentSet(call.place, given, call.it.state.made, call.it.state.tracking, creates))


def start_run(call: Call, run_id: Maybe, experiment_id: Maybe, run_name: Maybe, nested: Maybe) -> Value:
    """Opens a run; `with` closes it again. Where one is open already it raises, unless it is to be nested."""
    may_nest = nested is not None and nested != Const(False)
    call.found(RunOpened(call.place, experiment_id is not None, call.it.state.run, may_nest))
    call.it.state.run = IN_RUN
    return Obj(ACTIVE_RUN, birth=call.it.birth())


def end_run(call: Call) -> Value:
    call.it.state.run = NO_RUN
    return NONE


def active_run(call: Call) -> Value:
    return call.top("the run that is open, or None")


def log(call: Call) -> Value:
    """`mlflow.log_*` and `set_tag*`: into the run that is open, or that is named; else MLflow opens one by itself."""
    run_id = call.arguments.keywords.get("run_id", NONE)
    if call.it.state.run == NO_RUN and run_id == NONE:
        call.it.state.run = IMPLICIT_RUN
    return call.top("what is logged")


def log_input(call: Call, dataset: Maybe) -> Value:
    call.found(DatasetLogged(call.place, call.it.state.run))
    return log(call)


def client_log_inputs(call: Call, run_id: Maybe) -> Value:
    """The client logs into the run that it names."""
    call.found(DatasetLogged(call.place, IN_RUN))
    return NONE


def log_model(call: Call, registered_model_name: Maybe) -> Value:
    """Any flavor's `log_model`: the name under which it is registered, where it is."""
    name = call.arguments.keywords.get("registered_model_name")
    if name is not None and name != NONE:
        call.found(ModelRegistered(call.place, name))
    return Obj("mlflow.models.ModelInfo", birth=call.it.birth())


def register_model(call: Call, model_uri: Maybe, name: Maybe) -> Value:
    if name is not None:
        call.found(ModelRegistered(call.place, name))
    return Obj("mlflow.entities.model_registry.ModelVersion", birth=call.it.birth())


# What is logged into the open run, and opens one where none is (mlflow 2.9 and 3.17, read).
RUN_LOGS = (
    "log_param",
    "log_params",
    "log_metric",
    "log_metrics",
    "set_tag",
    "set_tags",
    "log_artifact",
    "log_artifacts",
    "log_text",
    "log_dict",
    "log_figure",
    "log_image",
    "log_table",
    "log_input",
    "log_inputs",
)

_FLAVORS = (
    "sklearn xgboost lightgbm catboost prophet spark pytorch tensorflow keras pyfunc statsmodels pmdarima "
    "transformers sentence_transformers langchain openai onnx h2o fastai spacy paddle diviner llama_index dspy"
)

TRANSFERS: Transfers = {
    **{f"mlflow.{name}": log for name in RUN_LOGS},
    "mlflow.set_tracking_uri": set_tracking_uri,
    "mlflow.set_registry_uri": set_registry_uri,
    "mlflow.set_experiment": set_experiment,
    "mlflow.create_experiment": create_experiment,
    "mlflow.MlflowClient.create_experiment": create_experiment,
    "mlflow.start_run": start_run,
    "mlflow.end_run": end_run,
    "mlflow.active_run": active_run,
    "mlflow.log_input": log_input,
    "mlflow.log_inputs": log_input,
    "mlflow.MlflowClient.log_inputs": client_log_inputs,
    "mlflow.register_model": register_model,
    "mlflow.MlflowClient.create_registered_model": register_model,
    **{f"mlflow.{flavor}.log_model": log_model for flavor in _FLAVORS.split()},
}
