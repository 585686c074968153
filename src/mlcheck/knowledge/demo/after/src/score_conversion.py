# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")
DEVICES = ["android", "ios", "web"]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.conversion@champion")
inputs = model.metadata.get_input_schema().input_names()
visits = spark.table(f"{catalog}.gold.fact_app_day").select(
    "rider_id",
    "app_date",
    F.col("views").cast("double").alias("views"),
    "minutes",
    F.col("has_coupon").cast("double").alias("has_coupon"),
    (F.array_position(F.array(*[F.lit(one) for one in DEVICES]), F.col("device")) - 1.0).alias("device_code"),
)
batch = visits.toPandas()
batch["unlocks"] = model.predict(batch[inputs])
spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.conversion_scores")

dbutils.notebook.exit("SUCCESS")
