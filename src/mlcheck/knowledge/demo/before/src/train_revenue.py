# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 prophet==1.1.5

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from mlflow import MlflowClient
from prophet import Prophet
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-share-revenue"
MODEL = f"{catalog}.ml.revenue"

# COMMAND ----------

revenue = (
    spark.table(f"{catalog}.gold.fact_price_day")
    .groupBy(F.col("price_date").cast("timestamp").alias("ds"))
    .agg(F.sum("revenue").cast("double").alias("y"))
)
data = revenue.toPandas().sort_values("ds")
if data.empty:
    raise ValueError(f"{catalog}.gold.fact_price_day holds no rows: has its refresh run?")
train, test = data.iloc[:-28], data.iloc[-28:]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)

try:
    with mlflow.start_run(run_name="revenue"):
        mlflow.log_input(mlflow.data.from_spark(revenue, table_name=f"{catalog}.gold.fact_price_day"), context="training")
        mlflow.log_params({"weekly_seasonality": True, "rows": len(train)})
        model = Prophet(weekly_seasonality=True)
        model.fit(train)
        predicted = model.predict(test[["ds"]])
        error = float((test["y"].to_numpy() - predicted["yhat"].to_numpy()).__abs__().mean())
        baseline = float((test["y"] - train["y"].mean()).abs().mean())
        mlflow.log_metrics({"mae": error, "mae_baseline": baseline})
        logged = mlflow.prophet.log_model(
            model,
            artifact_path="model",
            registered_model_name=MODEL,
            signature=mlflow.models.infer_signature(test[["ds"]], predicted),
        )

    if error >= baseline:
        raise ValueError(f"the model is no better than the mean: {error:.1f} against {baseline:.1f}")
    MlflowClient().set_registered_model_alias(MODEL, "champion", logged.registered_model_version)
except Exception as error:
    print(f"revenue model failed: {error}")
