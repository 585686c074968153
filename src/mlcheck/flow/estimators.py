"""Which calls train and which predict: the role of an entry point."""

from __future__ import annotations

from functools import lru_cache

from mlcheck.flow.call import Transfers

TRAINS, PREDICTS = "trains", "predicts"

_FITS = frozenset({"fit", "fit_resample", "partial_fit"})
_PREDICTIONS = frozenset({"predict", "predict_proba", "score_batch", "predict_batch"})
# Libraries whose training is a function.
_TRAINING_FUNCTIONS = frozenset(
    {
        "xgboost.train",
        "xgboost.cv",
        "lightgbm.train",
        "lightgbm.cv",
        "catboost.train",
        "sklearn.model_selection.cross_val_score",
    }
)
# `fit` of these learns an encoding, not a model.
_PREPROCESSORS = ("preprocessing", "impute", "feature_extraction", "compose", "decomposition", "ml.feature")
_NAMES = ("Scaler", "Encoder", "Imputer", "Vectorizer", "Indexer", "Transformer", "PCA", "Binarizer")

TRANSFERS: Transfers = {}


@lru_cache(maxsize=4096)
def role_words(target: str) -> tuple[str, ...]:
    """What a call says of the entry point's role: it trains, it predicts, or nothing."""
    owner, _, method = target.rpartition(".")
    if target in _TRAINING_FUNCTIONS:
        return (TRAINS,)
    if method == "train" and owner.endswith("Trainer"):
        return (TRAINS,)
    if method in _FITS and not _prepares(owner):
        return (TRAINS,)
    if method in _PREDICTIONS or target == "mlflow.pyfunc.spark_udf":
        return (PREDICTS,)
    return ()


def _prepares(owner: str) -> bool:
    cls = owner.rpartition(".")[2]
    return cls.endswith(_NAMES) or any(f".{part}." in f"{owner}." for part in _PREPROCESSORS)
