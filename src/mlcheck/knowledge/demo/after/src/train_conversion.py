# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from mlflow import MlflowClient
from pyspark.sql import functions as F
from sklearn.metrics import roc_auc_score
from xgboost import XGBClassifier

catalog = dbutils.widgets.get("catalog")
EXPERIMENT = "/Shared/bike-share-conversion"
MODEL = f"{catalog}.ml.conversion"
DEVICES = ["android", "ios", "web"]
FEATURES = ["views", "minutes", "has_coupon", "device_code"]

# COMMAND ----------

visits = spark.table(f"{catalog}.gold.fact_app_day").select(
    "app_date",
    F.col("views").cast("double").alias("views"),
    "minutes",
    F.col("has_coupon").cast("double").alias("has_coupon"),
    (F.array_position(F.array(*[F.lit(one) for one in DEVICES]), F.col("device")) - 1.0).alias("device_code"),
    F.col("unlocked").cast("int").alias("unlocked"),
)
data = visits.toPandas().sort_values("app_date")
if data.empty:
    raise ValueError(f"{catalog}.gold.fact_app_day holds no rows: has its refresh run?")
if data["unlocked"].nunique() < 2:
    raise ValueError("every visit ended the same way: there is nothing to learn")
cut = int(len(data) * 0.8)
train, test = data.iloc[:cut], data.iloc[cut:]

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
mlflow.autolog(disable=True)
mlflow.set_experiment(EXPERIMENT)

with mlflow.start_run(run_name="conversion"):
    mlflow.log_input(mlflow.data.from_spark(visits, table_name=f"{catalog}.gold.fact_app_day"), context="training")
    params = {"n_estimators": 200, "max_depth": 4, "random_state": 7}
    mlflow.log_params({**params, "rows": len(train)})
    model = XGBClassifier(**params)
    model.fit(train[FEATURES], train["unlocked"])
    chances = model.predict_proba(test[FEATURES])[:, 1]
    area = roc_auc_score(test["unlocked"], chances)
    mlflow.log_metrics({"auc": area, "auc_baseline": 0.5})
    logged = mlflow.xgboost.log_model(
        model,
        name="model",
        registered_model_name=MODEL,
        signature=mlflow.models.infer_signature(train[FEATURES], model.predict(train[FEATURES])),
    )

# COMMAND ----------

if area <= 0.5:
    raise ValueError(f"the model is no better than chance: {area:.3f}")
MlflowClient().set_registered_model_alias(MODEL, "champion", logged.registered_model_version)

dbutils.notebook.exit("SUCCESS")
