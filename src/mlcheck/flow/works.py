"""Which calls are the work of a pipeline: a failure of one of them is a failure of the run.

Sources: mlflow 3.17, pyspark 4.0, databricks-feature-engineering 0.18, hyperopt 0.2, delta 4.0, pandas 2.2, read.
"""

from __future__ import annotations

import re

from mlcheck.flow.estimators import PREDICTS, TRAINS, role_words
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import Const, ListValue, Made, Text, Value, parts_of, shown

# What a kind of work is called in a message.
WORDS = {
    "trains": "training",
    "predicts": "scoring",
    "writes": "writing",
    "logs": "logging the model",
    "registers": "registering the model",
    "promotes": "promoting the model",
    "runs": "running another notebook or command",
    "validates": "validation",
    "loads": "loading the model",
    "reads": "reading",
    "experiment": "setting the experiment",
}
STRONG = frozenset({"trains", "predicts", "writes", "logs", "registers", "promotes", "runs", "validates"})

# By the last part of the name, on any receiver, known or not.
_ANYWHERE: dict[str, str] = {
    "log_model": "logs",
    "register_model": "registers",
    "create_model_version": "registers",
    "set_registered_model_alias": "promotes",
    "transition_model_version_stage": "promotes",
    "load_model": "loads",
    "load_df": "reads",
    "create_training_set": "reads",
    "saveAsTable": "writes",
    "insertInto": "writes",
    "write_table": "writes",
    "to_delta": "writes",
    "to_sql": "writes",
    "to_parquet": "writes",
    "read_table": "reads",
    "toPandas": "reads",
    "set_experiment": "experiment",
}
_BY_NAME: dict[str, str] = {
    "dbutils.notebook.run": "runs",
    "subprocess.run": "runs",
    "subprocess.check_call": "runs",
    "subprocess.check_output": "runs",
    "hyperopt.fmin": "trains",
    "mlflow.evaluate": "validates",
    "mlflow.models.evaluate": "validates",
    "mlflow.validate_evaluation_results": "validates",
    "mlflow.models.validate_evaluation_results": "validates",
    "mlflow.genai.evaluate": "validates",
    "mlflow.projects.run": "runs",
    "mlflow.run": "runs",
    "databricks.automl.classify": "trains",
    "databricks.automl.regress": "trains",
    "databricks.automl.forecast": "trains",
    "pyspark.sql.SparkSession.table": "reads",
    "delta.tables.DeltaMergeBuilder.execute": "writes",
    "delta.tables.DeltaTable.delete": "writes",
    "delta.tables.DeltaTable.update": "writes",
    "delta.tables.DeltaTable.forName": "reads",
    "delta.tables.DeltaTable.forPath": "reads",
    "pandas.read_sql": "reads",
    "pandas.read_csv": "reads",
    "pandas.read_parquet": "reads",
    "pandas.read_excel": "reads",
    "pandas.read_json": "reads",
}
_WRITER_ENDS = frozenset({"save", "parquet", "csv", "json", "orc", "jdbc", "text"})
_WRITER_V2_ENDS = frozenset({"append", "create", "createOrReplace", "overwrite", "overwritePartitions", "replace"})
_STREAM_ENDS = frozenset({"start", "toTable"})
_READER_ENDS = frozenset({"load", "table", "csv", "parquet", "json", "orc", "text", "jdbc"})
_SQL_WRITES = re.compile(
    r"^\W*(insert|merge|copy\s+into|update|delete\s+from|create\s+(or\s+replace\s+)?table\b.*\bas\b)", re.I | re.S
)
_SQL_READS = re.compile(r"^\W*(select|with)\b", re.I)

# Noted whatever the receiver, and whether or not a check asks for them.
ALWAYS_NAMED = frozenset(_BY_NAME)
ALWAYS_NOTED = frozenset(_ANYWHERE) | {"fit", "fit_predict", "predict", "predict_proba", "score_batch", "sql"}


_FUTURES = ("submit", "map", "apply_async", "map_async", "starmap_async", "imap", "imap_unordered")


def concurrent_kind(name: str) -> str | None:
    """Whether a function that is handed to a library's runs beside its caller: what it raises is not the caller's.

    `future`: whoever asks for the result gets the exception; `thread`: nobody does.
    """
    if name.startswith("concurrent.futures.") and name.endswith((".submit", ".map")):
        return "future"
    if name.startswith(("multiprocessing.Pool", "multiprocessing.pool")) and name.rpartition(".")[2] in _FUTURES[2:]:
        return "future"
    return "thread" if name in ("threading.Thread", "threading.Timer", "_thread.start_new_thread") else None


def kind_of(call: CallSeen) -> str | None:
    """The kind of work that a call is, or None."""
    name, method = call.name, call.method
    if name.startswith("subprocess."):
        return _BY_NAME.get(name) if _process_may_fail(call) else None
    known = _BY_NAME.get(name) or _ANYWHERE.get(method)
    if known is not None:
        return known
    owner = name.rpartition(".")[0]
    if method == "predict" and _asks_an_endpoint(call):
        return None
    if owner == "pyspark.sql.DataFrameWriter":
        return "writes" if method in _WRITER_ENDS else None
    if owner == "pyspark.sql.DataFrameWriterV2":
        return "writes" if method in _WRITER_V2_ENDS else None
    if owner == "pyspark.sql.streaming.DataStreamWriter":
        return "writes" if method in _STREAM_ENDS else None
    if owner == "pyspark.sql.DataFrameReader":
        return "reads" if method in _READER_ENDS else None
    if method == "sql":
        return _sql_kind(call)
    words = role_words(name)
    if TRAINS in words:
        return "trains"
    return "predicts" if PREDICTS in words else None


_TARGETS = ("name", "table_name", "tableName", "registered_model_name", "model_uri", "path", "data")


def target_of(call: CallSeen) -> tuple[str, str]:
    """The table, model, path or notebook that a call names, to compare and as shown; "" where it is not known."""
    value = next((call.keywords[name] for name in _TARGETS if name in call.keywords), None)
    first = 1 if call.name.startswith("delta.tables.DeltaTable.for") else 0  # after the session
    value = value if value is not None else call.argument("name", first)
    match value:
        case Text(parts=parts):
            return repr(parts), shown(value)
        case Const(value=str(text)):
            return text, text
    return "", ""


# What only asks: a failure of it takes nothing from the run.
_ASKS = re.compile(
    r"(\S*/)?(nvidia-smi|which|uname|hostname|whoami|id|ls|df|du|free|nproc|lscpu|cat|echo|date|env|printenv|ps|pwd)\b"
    r"|(\S*/)?git\s+((-\S+|--)\s+)*(rev-parse|rev-list|diff|log|status|describe|show|branch|remote|config|ls-files"
    r"|symbolic-ref|name-rev|tag)\b"
    r"|(\S*/)?((python[\d.]*|\{\})\s+-m\s+)?pip[\d.]*\s+(list|freeze|show|check|--version)\b|\S+\s+--?version$"
)


def _process_may_fail(call: CallSeen) -> bool:
    """Whether a command's failure raises (without `check`, `subprocess.run` raises nothing), and is the run's."""
    check = call.keywords.get("check", Const(False))
    if call.name == "subprocess.run" and check == Const(False) and not call.open:
        return False
    return _ASKS.match(_command(call.argument("args", 0))) is None


def _command(value: Value | None) -> str:
    """A command as one line, `{}` for what is not known."""
    words = value.items if isinstance(value, ListValue) else (value,) if value is not None else ()
    written = ["".join(part if isinstance(part, str) else "{}" for part in parts_of(word)) for word in words]
    return " ".join(written)


def _asks_an_endpoint(call: CallSeen) -> bool:
    """Whether a `predict` is that of a client of serving endpoints."""
    if "endpoint" in call.keywords or "deploy" in call.name:
        return True
    receiver = call.receiver
    made = receiver.calls if isinstance(receiver, Made) else ()
    return any("deploy" in one.name for one in made)


def _sql_kind(call: CallSeen) -> str | None:
    """What a statement given to `spark.sql` does, by its first words."""
    value = call.argument("sqlQuery", 0)
    first = "".join(part if isinstance(part, str) else "x" for part in parts_of(value)) if value is not None else ""
    if _SQL_WRITES.match(first):
        return "writes"
    return "reads" if _SQL_READS.match(first) else None
