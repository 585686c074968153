"""Names that mean the same: aliases of library names, builtins, and what a notebook has from the start."""

from __future__ import annotations

import builtins
import sys
from functools import lru_cache

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) | {"__import__", "__name__"}

# What a Databricks notebook has without an import; "" for a function.
NOTEBOOK_GLOBALS: dict[str, str] = {
    "spark": "pyspark.sql.SparkSession",
    "dbutils": "dbutils",
    "sc": "pyspark.SparkContext",
    "sqlContext": "pyspark.sql.SQLContext",
    "table": "",
    "sql": "",
    "udf": "",
    "display": "",
    "displayHTML": "",
    "getArgument": "",
    "get_ipython": "",
}

# Another path to the same thing; longest first.
_ALIASES: tuple[tuple[str, str], ...] = (
    ("mlflow.tracking.fluent.", "mlflow."),
    ("mlflow.tracking.client.MlflowClient", "mlflow.MlflowClient"),
    ("mlflow.tracking.MlflowClient", "mlflow.MlflowClient"),
    ("mlflow.client.MlflowClient", "mlflow.MlflowClient"),
    ("mlflow.tracking._tracking_service.utils.", "mlflow."),
    ("mlflow.tracking.", "mlflow."),
    ("mlflow.models.signature.infer_signature", "mlflow.models.infer_signature"),
    ("mlflow.models.signature.ModelSignature", "mlflow.models.ModelSignature"),
    ("mlflow.data.spark_dataset.", "mlflow.data."),
    ("mlflow.data.pandas_dataset.", "mlflow.data."),
    ("databricks.feature_store.client.FeatureStoreClient", "databricks.feature_store.FeatureStoreClient"),
    (
        "databricks.feature_engineering.client.FeatureEngineeringClient",
        "databricks.feature_engineering.FeatureEngineeringClient",
    ),
    ("databricks.feature_engineering.entities.feature_lookup.", "databricks.feature_engineering."),
    ("databricks.feature_engineering.entities.feature_function.", "databricks.feature_engineering."),
    ("databricks.feature_store.entities.feature_lookup.", "databricks.feature_engineering."),
    ("databricks.feature_store.FeatureLookup", "databricks.feature_engineering.FeatureLookup"),
    ("databricks.feature_store.FeatureFunction", "databricks.feature_engineering.FeatureFunction"),
    ("databricks.ml_features.entities.feature_lookup.", "databricks.feature_engineering."),
    ("databricks.ml_features.training_set.", "databricks.feature_engineering."),
    ("databricks.sdk.runtime.dbutils", "dbutils"),
    ("databricks.sdk.runtime.spark", "pyspark.sql.SparkSession"),
    ("databricks.sdk.WorkspaceClient.dbutils", "dbutils"),
    ("posixpath.", "os.path."),
    ("databricks.connect.DatabricksSession", "pyspark.sql.SparkSession"),
    ("pyspark.sql.session.SparkSession", "pyspark.sql.SparkSession"),
    ("pyspark.sql.connect.session.SparkSession", "pyspark.sql.SparkSession"),
    ("pyspark.sql.dataframe.DataFrame", "pyspark.sql.DataFrame"),
    ("pyspark.sql.SparkSession.read.", "pyspark.sql.DataFrameReader."),
    ("pyspark.sql.SparkSession.readStream.", "pyspark.sql.DataFrameReader."),
    ("pyspark.sql.DataFrame.write.", "pyspark.sql.DataFrameWriter."),
    ("pandas.core.frame.DataFrame", "pandas.DataFrame"),
    ("delta.DeltaTable", "delta.tables.DeltaTable"),
)
_MOST_ALIASES = 4  # on each other


# Libraries whose functions neither open an MLflow run nor make a workspace folder unseen.
_QUIET = frozenset(sys.stdlib_module_names) | frozenset(
    [
        "builtins",
        "str",
        "list",
        "dict",
        "notebook",
        "mlflow",
        "databricks",
        "dbutils",
        "delta",
        "pyspark",
        "pandas",
        "numpy",
        "scipy",
        "sklearn",
        "xgboost",
        "lightgbm",
        "catboost",
        "prophet",
        "statsmodels",
        "pmdarima",
        "matplotlib",
        "seaborn",
        "plotly",
        "bokeh",
        "altair",
        "torch",
        "torchvision",
        "tensorflow",
        "keras",
        "transformers",
        "datasets",
        "evaluate",
        "accelerate",
        "peft",
        "sentence_transformers",
        "tokenizers",
        "huggingface_hub",
        "hyperopt",
        "optuna",
        "shap",
        "lime",
        "imblearn",
        "joblib",
        "tqdm",
        "yaml",
        "requests",
        "httpx",
        "urllib3",
        "pydantic",
        "dotenv",
        "click",
        "typer",
        "rich",
        "loguru",
        "tabulate",
        "dateutil",
        "pytz",
        "holidays",
        "nltk",
        "spacy",
        "gensim",
        "PIL",
        "cv2",
        "skimage",
        "networkx",
        "sympy",
        "numba",
        "cupy",
        "dask",
        "polars",
        "pyarrow",
        "fastparquet",
        "sqlalchemy",
        "boto3",
        "botocore",
        "azure",
        "google",
        "openai",
        "anthropic",
        "langchain",
        "langchain_core",
        "langchain_community",
        "langgraph",
        "tiktoken",
        "faiss",
        "chromadb",
        "category_encoders",
        "feature_engine",
        "great_expectations",
        "pandera",
        "jsonschema",
        "jinja2",
        "cloudpickle",
        "dill",
        "psutil",
        "setuptools",
        "pkg_resources",
        "petastorm",
        "horovod",
        "deepspeed",
        "vllm",
        "bitsandbytes",
        "ipywidgets",
        "IPython",
        "faker",
        "koalas",
        "pyspark_ai",
        "mlxtend",
        "umap",
        "hdbscan",
    ]
)


def is_quiet(name: str) -> bool:
    """Whether a library's name belongs to a library that is known to do no more than its documentation says."""
    return name.partition(".")[0] in _QUIET


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """The one path by which transfer functions know a library's name."""
    for _ in range(_MOST_ALIASES):
        found = next(((alias, meant) for alias, meant in _ALIASES if name.startswith(alias)), None)
        if found is None:
            return name
        name = found[1] + name[len(found[0]) :]
    return name
