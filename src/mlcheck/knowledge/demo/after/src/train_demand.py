# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 scikit-learn==1.5.2

# COMMAND ----------

import mlflow
from pyspark.sql import functions as F
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-demand-training"
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

frame = load(catalog)
data = frame.toPandas().sort_values("trip_date")
if data.empty:
    raise ValueError(f"{catalog}.gold.fact_station_day holds no rows: run the refresh first")
cut = int(len(data) * 0.8)
train, test = data.iloc[:cut], data.iloc[cut:]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)

with mlflow.start_run(run_name="demand"):
    mlflow.log_input(mlflow.data.from_spark(frame, table_name=f"{catalog}.gold.fact_station_day"), context="training")
    mlflow.log_params({"features": ",".join(FEATURES), "rows": len(train)})
    model = HistGradientBoostingRegressor(random_state=7).fit(train[FEATURES], train["departures"])
    predicted = model.predict(test[FEATURES])
    mlflow.log_metric("mae", mean_absolute_error(test["departures"], predicted))
    mlflow.log_metric("mae_baseline", (test["departures"] - train["departures"].mean()).abs().mean())
    mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name=f"{catalog}.ml.bike_demand",
        signature=mlflow.models.infer_signature(test[FEATURES], predicted),
    )

dbutils.notebook.exit("SUCCESS")
