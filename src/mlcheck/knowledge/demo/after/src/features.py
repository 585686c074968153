# Databricks notebook source
# MAGIC %pip install databricks-feature-engineering==0.12.1

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

from databricks.feature_engineering import FeatureEngineeringClient
from pyspark.sql import functions as F

catalog = dbutils.widgets.get("catalog")
TABLE = f"{catalog}.ml.station_features"

# COMMAND ----------

days = spark.table(f"{catalog}.gold.fact_station_day")
stations = spark.table(f"{catalog}.gold.dim_station").filter("is_current")
districts = spark.table(f"{catalog}.gold.dim_district")

features = (
    days.drop("district_id")
    .join(stations.select("station_id", "district_id", "docks"), on="station_id")
    .join(districts.select("district_id", "residents"), on="district_id")
    .select(
        "station_id",
        "trip_date",
        F.col("docks").cast("double").alias("docks"),
        F.col("residents").cast("double").alias("residents"),
        F.coalesce(F.col("rain_mm").cast("double"), F.lit(0.0)).alias("rain_mm"),
        F.coalesce("avg_ride_minutes", F.lit(0.0)).alias("avg_ride_minutes"),
        F.coalesce("avg_docks_taken", F.lit(0.0)).alias("avg_docks_taken"),
        F.dayofweek("trip_date").cast("double").alias("day_of_week"),
        F.when(F.dayofweek("trip_date").isin(1, 7), 1.0).otherwise(0.0).alias("is_weekend"),
    )
    .filter(F.col("station_id").isNotNull() & F.col("trip_date").isNotNull())
)

# COMMAND ----------

fe = FeatureEngineeringClient()
if not spark.catalog.tableExists(TABLE):
    fe.create_table(
        name=TABLE,
        primary_keys=["station_id", "trip_date"],
        timeseries_columns="trip_date",
        schema=features.schema,
        description="A station's docks, surroundings and weather, by day",
    )
fe.write_table(name=TABLE, df=features, mode="merge")

dbutils.notebook.exit("SUCCESS")
