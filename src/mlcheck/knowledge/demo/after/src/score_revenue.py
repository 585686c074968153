# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 prophet==1.2.1

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import pandas as pd
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

mlflow.set_registry_uri("databricks-uc")
model = mlflow.pyfunc.load_model(f"models:/{catalog}.ml.revenue@champion")
last = spark.table(f"{catalog}.gold.fact_price_day").agg(F.max("price_date")).first()[0]
days = pd.DataFrame({"ds": pd.date_range(last, periods=29, freq="D")[1:]})
forecast = model.predict(days)[["ds", "yhat", "yhat_lower", "yhat_upper"]]
spark.createDataFrame(forecast).write.mode("overwrite").saveAsTable(f"{catalog}.ml.revenue_forecast")

dbutils.notebook.exit("SUCCESS")
