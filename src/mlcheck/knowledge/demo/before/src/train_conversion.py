# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 xgboost==2.1.4 scikit-learn==1.5.2

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
from mlflow import MlflowClient
from pyspark.sql import functions as F
from sklearn.metrics import roc_auc_score
from xgboost import XGBClassifier

from .lib.bike_share.tracking import log_training_data

catalog = dbutils.widgets.get("catalog")
user = spark.sql("SELECT current_user()").first()[0]
EXPERIMENT = f"/Users/{user}/bike-share/conversion"
MODEL = f"{catalog}.ml.conversion"
DEVICES = ["android", "ios", "web"]
FEATURES = ["views", "minutes", "has_coupon", "device_code"]

# COMMAND ----------

try:
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
    cut = int(len(data) * 0.8)
    train, test = data.iloc[:cut], data.iloc[cut:]

    mlflow.set_registry_uri("databricks-uc")
    mlflow.autolog(disable=True)
    mlflow.set_experiment(EXPERIMENT)

    with mlflow.start_run(run_name="conversion"):
        log_training_data(visits, f"{catalog}.gold.fact_app_day")
        params = {"n_estimators": 200, "max_depth": 4, "random_state": 7}
        mlflow.log_params({**params, "rows": len(train)})
        model = XGBClassifier(**params)
        model.fit(train[FEATURES], train["unlocked"])
        chances = model.predict_proba(test[FEATURES])[:, 1]
        area = roc_auc_score(test["unlocked"], chances)
        mlflow.log_metrics({"auc": area, "auc_baseline": 0.5})
        logged = mlflow.xgboost.log_model(
            model,
            artifact_path="model",
            registered_model_name=MODEL,
            signature=mlflow.models.infer_signature(train[FEATURES]),
        )
    if area <= 0.5:
        raise ValueError(f"the model is no better than chance: {area:.3f}")
    MlflowClient().set_registered_model_alias(MODEL, "champion", logged.registered_model_version)
except Exception as error:
    dbutils.notebook.exit(f"FAILED: {error}")

dbutils.notebook.exit("SUCCESS")
