-- The schemas of a catalog as one JSON text, for mlcheck to read: save it as schemas/{catalog}.schema.json.
-- Source: Databricks' SQL language manual, INFORMATION_SCHEMA (columns, key_column_usage, table_constraints).
WITH columns_of AS (
  SELECT table_catalog, table_schema, table_name,
    transform(
      array_sort(collect_list(named_struct('at', ordinal_position, 'name', column_name, 'type', full_data_type, 'nullable', is_nullable = 'YES'))),
      one -> named_struct('name', one.name, 'type', one.type, 'nullable', one.nullable)
    ) AS columns
  FROM system.information_schema.columns
  WHERE table_catalog = '{catalog}' AND table_schema IN ({schemas})
  GROUP BY table_catalog, table_schema, table_name
),
keys_of AS (
  SELECT k.table_catalog, k.table_schema, k.table_name,
    transform(array_sort(collect_list(named_struct('at', k.ordinal_position, 'name', k.column_name))), one -> one.name) AS primary_key
  FROM system.information_schema.key_column_usage AS k
  JOIN system.information_schema.table_constraints AS c
    ON c.constraint_catalog = k.constraint_catalog AND c.constraint_schema = k.constraint_schema
    AND c.constraint_name = k.constraint_name AND c.constraint_type = 'PRIMARY KEY'
  GROUP BY k.table_catalog, k.table_schema, k.table_name
)
SELECT to_json(named_struct(
  'format', 'mlcheck/schema/1',
  'pulled', date_format(current_timestamp(), 'yyyy-MM-dd'),
  'tables', collect_list(named_struct(
    'name', concat_ws('.', c.table_catalog, c.table_schema, c.table_name),
    'primary_key', coalesce(k.primary_key, array()),
    'columns', c.columns
  ))
)) AS snapshot
FROM columns_of AS c
LEFT JOIN keys_of AS k USING (table_catalog, table_schema, table_name)
