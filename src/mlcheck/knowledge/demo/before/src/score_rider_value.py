# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import pandas as pd
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.rider_value@champion")
inputs = model.metadata.get_input_schema().input_names()
riders = spark.table(f"{catalog}.gold.dim_rider").filter("is_current")
months = spark.table(f"{catalog}.gold.fact_rider_month")
history = months.join(riders.select("rider_id", "joined_on", "has_helmet_offer"), on="rider_id").select(
    "rider_id",
    "month",
    "joined_on",
    F.col("rides").cast("double").alias("rides"),
    F.col("spent").cast("double").alias("spent"),
    F.col("has_helmet_offer").cast("double").alias("has_helmet_offer"),
)
batch = history.toPandas()
for column in ("month", "joined_on"):
    batch[column] = pd.to_datetime(batch[column])
batch["months_since_joining"] = ((batch["month"] - batch["joined_on"]).dt.days / 30.0).astype("float64")
batch["value"] = model.predict(batch[inputs])
spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.rider_value_scores")

dbutils.notebook.exit("SUCCESS")
