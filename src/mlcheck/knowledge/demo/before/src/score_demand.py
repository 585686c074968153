# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 xgboost==2.1.4 scikit-learn==1.5.2 databricks-feature-engineering==0.12.1

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from databricks.feature_engineering import FeatureEngineeringClient

catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
keys = spark.table(f"{catalog}.gold.fact_station_day").select("station_id", "trip_date")
scored = FeatureEngineeringClient().score_batch(
    model_uri=f"models:/{catalog}.ml.demand@champion", df=keys, result_type="double"
)
scored.write.mode("overwrite").saveAsTable(f"{catalog}.ml.demand_scores")

dbutils.notebook.exit("SUCCESS")
