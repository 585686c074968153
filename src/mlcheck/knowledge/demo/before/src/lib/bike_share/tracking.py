"""What the training notebooks share."""

import mlflow


def log_training_data(frame, table):
    mlflow.log_input(mlflow.data.from_spark(frame, table_name=table), context="training")


def refuse_unless_better(error, baseline):
    if error >= baseline:
        raise ValueError(f"the model is no better than the mean: {error:.3f} against {baseline:.3f}")
