# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.pricing@champion")
inputs = model.metadata.get_input_schema().input_names()
prices = spark.table(f"{catalog}.gold.fact_price_day").select(
    "district_id",
    "price_date",
    F.col("minute_price").cast("double").alias("minute_price"),
    F.coalesce(F.col("rival_price").cast("double"), F.col("minute_price").cast("double")).alias("rival_price"),
    F.dayofweek("price_date").cast("double").alias("day_of_week"),
)
batch = prices.toPandas()
batch["gap"] = batch["minute_price"] - batch["rival_price"]
batch["expected_rides"] = model.predict(batch[inputs])
spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.pricing_scores")

dbutils.notebook.exit("SUCCESS")
