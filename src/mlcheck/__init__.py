"""mlcheck: five checklists for ML pipelines on Databricks and MLflow, as a tool."""

__version__ = "0.1.0"
