# Databricks notebook source
# MAGIC %pip install mlflow scikit-learn==1.5.2

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")
FEATURES = ["docks", "mean_temperature", "rain_mm", "weekday"]

# COMMAND ----------

try:
    stations = spark.table(f"{catalog}.gold.dim_station").filter("is_current")
    days = spark.table(f"{catalog}.gold.fact_station_day")
    frame = (
        days.join(stations.select("station_id", "docks"), on="station_id")
        .withColumn("weekday", F.dayofweek("trip_date"))
        .select("station_id", "trip_date", *[F.col(name).cast("double").alias(name) for name in FEATURES])
    )
    model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.bike_demand@champion")
    batch = frame.toPandas()
    batch["expected_departures"] = model.predict(batch[FEATURES])
    spark.createDataFrame(batch).write.mode("overwrite").saveAsTable(f"{catalog}.ml.bike_demand_scores")
except Exception as error:
    dbutils.notebook.exit(f"FAILED: {error}")

dbutils.notebook.exit("SUCCESS")
