# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import numpy as np
from mlflow import MlflowClient
from pyspark.sql import functions as F
from sklearn.ensemble import GradientBoostingRegressor

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-share/pricing"
MODEL = f"{catalog}.ml.pricing"
FEATURES = ["minute_price", "rival_price", "gap", "day_of_week"]

# COMMAND ----------

# MAGIC %run ./evaluation

# COMMAND ----------

prices = spark.table(f"{catalog}.gold.fact_price_day").select(
    "price_date",
    "minute_price",
    F.coalesce("rival_price", "minute_price").alias("rival_price"),
    F.dayofweek("price_date").cast("double").alias("day_of_week"),
    F.col("rides").cast("double").alias("rides"),
)
data = prices.toPandas().sort_values("price_date")
if data.empty:
    raise ValueError(f"{catalog}.gold.fact_price_day holds no rows: has its refresh run?")
data["gap"] = data["minute_price"] - data["rival_price"] * 0.9
data[FEATURES] = data[FEATURES].astype("float32")
cut = int(len(data) * 0.8)
train, test = data.iloc[:cut], data.iloc[cut:]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)

with mlflow.start_run(run_name="pricing"):
    mlflow.log_input(mlflow.data.from_spark(prices, table_name=f"{catalog}.gold.fact_price_day"), context="training")
    mlflow.log_params({"features": ",".join(FEATURES), "rows": len(train)})
    model = GradientBoostingRegressor(random_state=7)
    model.fit(train[FEATURES], train["rides"])
    predicted = model.predict(test[FEATURES])
    error = relative_error(test["rides"].to_numpy(), predicted)
    baseline = relative_error(test["rides"].to_numpy(), np.full(len(test), train["rides"].mean()))
    mlflow.log_metrics({"mape": error, "mape_baseline": baseline})
    logged = mlflow.sklearn.log_model(
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
