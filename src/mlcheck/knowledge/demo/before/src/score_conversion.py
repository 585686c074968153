# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow

catalog = dbutils.widgets.get("catalog")
FEATURES = ["views", "minutes", "has_coupon", "device"]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.conversion@champion")
visits = spark.table(f"{catalog}.gold.fact_app_day").select(
    "rider_id",
    "app_date",
    "views",
    "minutes",
    "has_coupon",
    "device",
)
batch = visits.toPandas()
batch["unlocks"] = model.predict(batch[FEATURES].rename(columns={"device": "device_code"}))
spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.conversion_scores")

dbutils.notebook.exit("SUCCESS")
