# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 xgboost==2.1.4 scikit-learn==1.5.2 databricks-feature-engineering==0.12.1

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
from mlflow import MlflowClient
from pyspark.sql import functions as F
from sklearn.metrics import mean_absolute_error
from xgboost import XGBRegressor

from bike_share.tracking import refuse_unless_better

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-share-demand"
MODEL = f"{catalog}.ml.demand"
LOOKUP = FeatureLookup(
    table_name=f"{catalog}.ml.station_features",
    lookup_key="station_id",
    timestamp_lookup_key="trip_date",
    feature_names=["docks", "residents", "rain_mm", "day_of_week", "is_weekend"],
)

# COMMAND ----------

labels = spark.table(f"{catalog}.gold.fact_station_day").select(
    "station_id",
    "trip_date",
    F.dayofweek("trip_date").cast("double").alias("day_of_week"),
    F.when(F.dayofweek("trip_date").isin(1, 7), 1.0).otherwise(0.0).alias("is_weekend"),
    F.col("departures").cast("double").alias("departures"),
)
last = labels.agg(F.max("trip_date")).first()[0]

fe = FeatureEngineeringClient()
keys = ["station_id", "trip_date"]
earlier = fe.create_training_set(
    df=labels.filter(F.datediff(F.lit(last), "trip_date") > 28),
    feature_lookups=[LOOKUP],
    label="departures",
    exclude_columns=keys,
)
later = fe.create_training_set(
    df=labels.filter(F.datediff(F.lit(last), "trip_date") <= 28),
    feature_lookups=[LOOKUP],
    label="departures",
    exclude_columns=keys,
)
train, test = earlier.load_df().toPandas(), later.load_df().toPandas()

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)
mlflow.log_input(mlflow.data.from_spark(labels, table_name=f"{catalog}.gold.fact_station_day"), context="training")

with mlflow.start_run(run_name="demand"):
    params = {"n_estimators": 300, "max_depth": 6, "random_state": 7}
    mlflow.log_params({**params, "rows": len(train)})
    model = XGBRegressor(**params)
    model.fit(train.drop(columns=["departures"]), train["departures"])
    predicted = model.predict(test.drop(columns=["departures"]))
    error = mean_absolute_error(test["departures"], predicted)
    baseline = (test["departures"] - train["departures"].mean()).abs().mean()
    mlflow.log_metrics({"mae": error, "mae_baseline": baseline})
    fe.log_model(
        model=model,
        artifact_path="model",
        flavor=mlflow.xgboost,
        training_set=earlier,
        registered_model_name=MODEL,
        infer_input_example=True,
    )

# COMMAND ----------

refuse_unless_better(error, baseline)
client = MlflowClient()
newest = max(int(one.version) for one in client.search_model_versions(f"name='{MODEL}'"))
client.set_registered_model_alias(MODEL, "champion", newest)

dbutils.notebook.exit("SUCCESS")
