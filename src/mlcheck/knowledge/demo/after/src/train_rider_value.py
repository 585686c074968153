# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import pandas as pd
from mlflow import MlflowClient
from pyspark.sql import functions as F
from sklearn.metrics import mean_absolute_error
from xgboost import XGBRegressor

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-share-rider-value"
MODEL = f"{catalog}.ml.rider_value"
FEATURES = ["rides", "spent", "has_helmet_offer", "months_since_joining"]

# COMMAND ----------

riders = spark.table(f"{catalog}.gold.dim_rider").filter("is_current")
months = spark.table(f"{catalog}.gold.fact_rider_month").filter("value_next_year IS NOT NULL")
history = months.join(riders.select("rider_id", "joined_on", "has_helmet_offer"), on="rider_id").select(
    "month",
    "joined_on",
    F.col("rides").cast("double").alias("rides"),
    F.col("spent").cast("double").alias("spent"),
    F.col("has_helmet_offer").cast("double").alias("has_helmet_offer"),
    F.col("value_next_year").cast("double").alias("value_next_year"),
)
data = history.toPandas().sort_values("month")
if data.empty:
    raise ValueError(f"{catalog}.gold.fact_rider_month holds no rows: has its refresh run?")
for column in ("month", "joined_on"):
    data[column] = pd.to_datetime(data[column])
data["months_since_joining"] = ((data["month"] - data["joined_on"]).dt.days / 30.0).astype("float64")
cut = int(len(data) * 0.8)
train, test = data.iloc[:cut], data.iloc[cut:]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)

with mlflow.start_run(run_name="rider-value"):
    mlflow.log_input(
        mlflow.data.from_spark(history, table_name=f"{catalog}.gold.fact_rider_month"), context="training"
    )
    params = {"n_estimators": 300, "max_depth": 5, "random_state": 7}
    mlflow.log_params({**params, "rows": len(train)})
    model = XGBRegressor(**params)
    model.fit(train[FEATURES], train["value_next_year"])
    predicted = model.predict(test[FEATURES])
    error = mean_absolute_error(test["value_next_year"], predicted)
    baseline = (test["value_next_year"] - train["value_next_year"].mean()).abs().mean()
    mlflow.log_metrics({"mae": error, "mae_baseline": baseline})
    logged = mlflow.xgboost.log_model(
        model,
        name="model",
        registered_model_name=MODEL,
        signature=mlflow.models.infer_signature(test[FEATURES], predicted),
    )

# COMMAND ----------

if error >= baseline:
    raise ValueError(f"the model is no better than the mean: {error:.3f} against {baseline:.3f}")
MlflowClient().set_registered_model_alias(MODEL, "champion", logged.registered_model_version)

dbutils.notebook.exit("SUCCESS")
