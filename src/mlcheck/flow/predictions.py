"""What a registered model gets at inference, beside what training logged for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.model_inputs import features_of
from mlcheck.flow.model_schemas import LoggedModel, logged_models
from mlcheck.flow.pairs import loaded_by, pairs
from mlcheck.flow.values import Made, Value, origins_of


@dataclass(frozen=True, slots=True)
class Prediction:
    """A `predict` of a model that is loaded, with the training that made it.

    `training` and `model` are None where no one training is surely the one;
    `given` are the columns that it gets, None where they were not followed.
    `enforced`: it is a pyfunc model, whose signature MLflow holds inputs to.
    """

    inference: EntryFacts
    call: CallSeen
    enforced: bool
    given: Schema | None
    training: EntryFacts | None
    model: LoggedModel | None
    why: str = ""


def predictions(facts: Facts) -> Iterator[Prediction]:
    """Every prediction of every inference entry point."""
    trainings: dict[int, list[EntryFacts]] = {}
    unsure: set[int] = set()
    for pair in pairs(facts):
        trainings.setdefault(id(pair.inference), []).append(pair.training)
        if pair.by == "maybe":
            unsure.add(id(pair.inference))
    for inference in facts.entries:
        if inference.role == "inference":
            for call in inference.calls("predict"):
                load = _load(call.receiver)
                if load is not None:
                    known = [] if id(inference) in unsure else trainings.get(id(inference), [])
                    yield _of(inference, call, load, known)


def _load(receiver: Value | None) -> CallSeen | None:
    """The call that loaded the model of a `predict`, where it is one of MLflow's."""
    made = receiver.call if isinstance(receiver, Made) else None
    found = [one for one in (made, *(origins_of(receiver) if receiver is not None else ())) if one is not None]
    return next((one for one in found if one.method == "load_model" and one.name.startswith("mlflow.")), None)


def _of(inference: EntryFacts, call: CallSeen, load: CallSeen, trainings: list[EntryFacts]) -> Prediction:
    enforced = load.name == "mlflow.pyfunc.load_model"
    given = features_of(call.argument("data", 0))
    names = loaded_by(load)
    fitting = [
        (training, model) for training in _once(trainings) for model in logged_models(training) if model.names & names
    ]
    paths = {training.path for training, _ in fitting}
    if len(paths) != 1:
        why = "which training made the model" if not fitting else "several trainings make the model"
        return Prediction(inference, call, enforced, given, None, None, why)
    training, model = fitting[0]
    return Prediction(inference, call, enforced, given, training, model, model.why)


def _once(trainings: list[EntryFacts]) -> list[EntryFacts]:
    return list({id(one): one for one in trainings}.values())
