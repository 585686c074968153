# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import pandas as pd
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.pricing@champion")
inputs = model.metadata.get_input_schema().input_names()
prices = spark.table(f"{catalog}.gold.fact_price_day").select(
    "district_id",
    "price_date",
    "minute_price",
    F.coalesce("rival_price", "minute_price").alias("rival_price"),
    F.dayofweek("price_date").cast("double").alias("day_of_week"),
)
batch = prices.toPandas()
for column in ("minute_price", "rival_price"):
    batch[column] = pd.to_numeric(batch[column], errors="coerce").fillna(0)
batch["gap"] = batch["minute_price"] - batch["rival_price"]
batch["expected_rides"] = model.predict(batch[inputs])
spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.pricing_scores")

dbutils.notebook.exit("SUCCESS")
