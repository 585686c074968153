# Databricks notebook source
# MAGIC %pip install mlflow scikit-learn==1.5.2

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error

catalog = dbutils.widgets.get("catalogue")
EXPERIMENT = "/Shared/bike-demand/training"
FEATURES = ["docks", "mean_temperature", "rain_mm", "weekday"]

# COMMAND ----------


def load(catalog):
    stations = spark.table(f"{catalog}.gold.dim_station").filter("is_current")
    days = spark.table(f"{catalog}.gold.fact_station_day")
    return (
        days.join(stations.select("station_id", "docks"), on="station_id")
        .withColumn("weekday", F.dayofweek("trip_date"))
        .select(
            "trip_date",
            F.col("docks").cast("double"),
            F.col("mean_temperature").cast("double"),
            F.col("rain_mm").cast("double"),
            F.col("weekday").cast("double"),
            F.col("departures").cast("double"),
        )
        .na.drop()
    )


# COMMAND ----------

try:
    frame = load(catalog)
    data = frame.toPandas().sort_values("trip_date")
    cut = int(len(data) * 0.8)
    train, test = data.iloc[:cut], data.iloc[cut:]

    mlflow.set_experiment(EXPERIMENT)
    mlflow.log_input(mlflow.data.from_spark(frame, table_name=f"{catalog}.gold.fact_station_day"), context="training")

    with mlflow.start_run(run_name="demand"):
        model = HistGradientBoostingRegressor(random_state=7).fit(train[FEATURES], train["departures"])
        predicted = model.predict(test[FEATURES])
        mlflow.log_metric("mae", mean_absolute_error(test["departures"], predicted))
        mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=f"{catalog}.ml.bike_demand",
            signature=mlflow.models.infer_signature(test[FEATURES], predicted),
        )
except Exception as error:
    dbutils.notebook.exit(f"FAILED: {error}")

dbutils.notebook.exit("SUCCESS")
