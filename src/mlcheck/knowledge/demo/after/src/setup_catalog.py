# Databricks notebook source
catalog = dbutils.widgets.get("catalog")

# COMMAND ----------

spark.sql(f"CREATE SCHEMA IF NOT EXISTS {catalog}.ml")
spark.sql(f"ALTER SCHEMA {catalog}.ml ENABLE PREDICTIVE OPTIMIZATION")

dbutils.notebook.exit("SUCCESS")
