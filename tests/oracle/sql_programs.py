"""Statements of SQL as data, for Spark and for us: tables, and what is asked of them.

Whether a statement runs, its columns and their types are Spark's to say.
"""

from __future__ import annotations

TABLES = {
    "t": (
        "a INT, b STRING, d DECIMAL(10,2), dt DATE, ts TIMESTAMP, x DOUBLE, arr ARRAY<INT>, m MAP<STRING,INT>, "
        "s STRUCT<p:INT,q:STRING>, arrs ARRAY<STRUCT<p:INT,q:STRING>>, n BIGINT, f BOOLEAN"
    ),
    "u": "a INT, c DOUBLE, b STRING",
    "v": "k BIGINT, a INT, flag BOOLEAN",
    "other.w": "a INT, z STRING",
    "wide": "id BIGINT, jan INT, feb BIGINT, mar DECIMAL(12,3)",
}

# What only looks wrong, and what is wrong, side by side.
PROGRAMS = """
SELECT a FROM t
SELECT A, B FROM T
SELECT missing FROM t
SELECT a, missing, b FROM t
SELECT t.a FROM t
SELECT default.t.a FROM t
SELECT spark_catalog.default.t.a FROM t
SELECT spark_catalog.default.t.a FROM default.t
SELECT t.a FROM default.t
SELECT t.a FROM spark_catalog.default.t
SELECT w.a FROM other.w
SELECT other.w.z FROM other.w
SELECT t.a FROM t AS q
SELECT q.a FROM t AS q
SELECT q.a FROM t q
SELECT u.a FROM t
SELECT * FROM t
SELECT t.* FROM t
SELECT q.* FROM t q
SELECT t.* FROM t q
SELECT u.* FROM t
SELECT s.* FROM t
SELECT t.s.* FROM t
SELECT arr.* FROM t
SELECT * EXCEPT (a, b) FROM t
SELECT * EXCEPT (missing) FROM t
SELECT t.* EXCEPT (a) FROM t
SELECT * EXCEPT (s.p) FROM t
SELECT s.p FROM t
SELECT s.P FROM t
SELECT s.missing FROM t
SELECT t.s.q FROM t
SELECT default.t.s.q FROM t
SELECT s.p.z FROM t
SELECT a.z FROM t
SELECT m.k FROM t
SELECT m['k'] FROM t
SELECT arr[0] FROM t
SELECT arrs.p FROM t
SELECT arrs[0].q FROM t
SELECT arrs.missing FROM t
SELECT s['p'] FROM t
SELECT 1, 'x', 1.0, 1e0, 1L, true, null
SELECT 1 AS one, -1 AS minus, 2147483648 AS big, 99999999999999999999 AS huge
SELECT DATE '2024-01-31', TIMESTAMP '2024-01-31 00:00:00'
SELECT X'1F', 1.0BD, 1Y, 1S, 1.5F, 1.5D, 2.50, .5, 100.00
SELECT a AS x1, x1 + 1 AS y1 FROM t
SELECT a AS x1, x1 + 1 AS y1, y1 * 2 AS z1 FROM t
SELECT x1 + 1 AS y1, a AS x1 FROM t
SELECT a + 1 AS a, a + 1 AS b2 FROM t
SELECT a AS x1 FROM t WHERE x1 > 1
SELECT a AS x1 FROM t ORDER BY x1
SELECT a AS x1 FROM t ORDER BY a
SELECT a AS x1 FROM t ORDER BY b
SELECT a AS x1 FROM t ORDER BY missing
SELECT DISTINCT a FROM t ORDER BY b
SELECT DISTINCT a FROM t ORDER BY a
SELECT a FROM t SORT BY b
SELECT a FROM t DISTRIBUTE BY b SORT BY x
SELECT a FROM t CLUSTER BY b
SELECT a AS x1 FROM t HAVING x1 > 1
SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1
SELECT a, count(*) AS n1 FROM t GROUP BY a HAVING n1 > 1
SELECT a, count(*) AS n1 FROM t GROUP BY a HAVING missing > 1
SELECT a, count(*) AS n1 FROM t GROUP BY a HAVING max(x) > 1
SELECT a, count(*) AS n1 FROM t GROUP BY a ORDER BY n1
SELECT a, count(*) AS n1 FROM t GROUP BY a ORDER BY max(x)
SELECT a, count(*) AS n1 FROM t GROUP BY a ORDER BY missing
SELECT a AS g, count(*) FROM t GROUP BY g
SELECT a + 1 AS g, count(*) FROM t GROUP BY g
SELECT a AS g, count(*) FROM t GROUP BY 1
SELECT a AS g, count(*) FROM t GROUP BY ALL
SELECT a, b, count(*) AS n1 FROM t GROUP BY ROLLUP (a, b)
SELECT a, b, count(*) AS n1 FROM t GROUP BY CUBE (a, b)
SELECT a, b, count(*) AS n1 FROM t GROUP BY a, b WITH ROLLUP
SELECT a, b, count(*) AS n1 FROM t GROUP BY GROUPING SETS ((a), (a, b), ())
SELECT a, b, count(*) AS n1 FROM t GROUP BY GROUPING SETS ((a), (missing))
SELECT a, count(*) FROM t GROUP BY missing
SELECT a, grouping(a), grouping_id() FROM t GROUP BY ROLLUP (a)
SELECT a, sum(missing) FROM t GROUP BY a
SELECT sum(a) AS s1, s1 * 2 AS s2 FROM t
SELECT count(*), count(1), count(a), count(DISTINCT a), count(DISTINCT a, b) FROM t
SELECT sum(a) AS x1, avg(a) AS x2, avg(d) AS x3, sum(d) AS x4, min(dt) AS x5, max(b) AS x6 FROM t
SELECT sum(x) FILTER (WHERE a > 1) AS y FROM t
SELECT sum(x) FILTER (WHERE missing > 1) AS y FROM t
SELECT collect_list(a) AS l, collect_set(b) AS c FROM t
SELECT first(a) AS f1, last(a, true) AS l1, any_value(b) AS v1 FROM t
SELECT max_by(a, x) AS m1, min_by(b, x) AS m2 FROM t
SELECT percentile_approx(x, 0.5) AS p FROM t
SELECT t.a, u.c FROM t JOIN u ON t.a = u.a
SELECT a FROM t JOIN u ON t.a = u.a
SELECT c FROM t JOIN u ON t.a = u.a
SELECT t.a FROM t JOIN u ON a = 1
SELECT * FROM t JOIN u ON t.a = u.a
SELECT * FROM t JOIN u ON t.a = u.missing
SELECT * FROM t JOIN u USING (a)
SELECT a FROM t JOIN u USING (a)
SELECT b FROM t JOIN u USING (a)
SELECT u.a, t.a, a FROM t JOIN u USING (a)
SELECT u.* FROM t JOIN u USING (a)
SELECT t.*, u.* FROM t JOIN u USING (a)
SELECT a FROM (SELECT t.*, u.* FROM t JOIN u USING (a))
SELECT a FROM (SELECT * FROM t JOIN u USING (a))
SELECT * FROM t JOIN u USING (missing)
SELECT * FROM t JOIN u USING (x)
SELECT * FROM t JOIN u USING (a, b)
SELECT * FROM t LEFT JOIN u USING (a)
SELECT * FROM t RIGHT JOIN u USING (a)
SELECT * FROM t FULL OUTER JOIN u USING (a)
SELECT t.a, u.a FROM t FULL OUTER JOIN u USING (a)
SELECT * FROM t NATURAL JOIN u
SELECT a, b, c FROM t NATURAL JOIN u
SELECT u.a FROM t NATURAL JOIN u
SELECT * FROM t CROSS JOIN u
SELECT * FROM t, u WHERE t.a = u.a
SELECT * FROM t, u WHERE a = 1
SELECT * FROM t LEFT SEMI JOIN u ON t.a = u.a
SELECT u.c FROM t LEFT SEMI JOIN u ON t.a = u.a
SELECT a FROM t LEFT ANTI JOIN u ON t.a = u.a
SELECT c FROM t LEFT ANTI JOIN u USING (a)
SELECT u.a FROM t JOIN u USING (a) JOIN v ON u.a = v.a
SELECT u.a FROM t JOIN u USING (a) JOIN v USING (a)
SELECT v.a, k FROM t JOIN u USING (a) JOIN v ON t.a = v.a
SELECT a FROM t JOIN u USING (a) JOIN v ON t.a = v.a
SELECT x.a, y.a FROM t x JOIN t y ON x.a = y.a
SELECT a FROM t x JOIN t y ON x.a = y.a
SELECT t.a FROM t JOIN t ON true
SELECT x.a FROM t x JOIN t y ON x.missing = y.a
SELECT * FROM (SELECT a FROM t) WHERE b = 'x'
SELECT * FROM (SELECT a FROM t) ORDER BY b
SELECT b FROM (SELECT a FROM t)
SELECT q.a FROM (SELECT a FROM t) q
SELECT t.a FROM (SELECT a FROM t) q
SELECT t.a FROM (SELECT a FROM t)
SELECT a FROM (SELECT t.a, u.a FROM t JOIN u ON t.a = u.a)
SELECT a FROM (SELECT t.a, t.a FROM t)
SELECT x1 FROM (SELECT a FROM t) AS q (x1)
SELECT a FROM (SELECT a FROM t) AS q (x1)
SELECT x1, y1 FROM (SELECT a FROM t) AS q (x1, y1)
SELECT * FROM t AS q (c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12)
SELECT * FROM u AS q (c1, c2)
WITH c AS (SELECT a FROM t) SELECT a FROM c
WITH c AS (SELECT a FROM t) SELECT b FROM c
WITH c (x1) AS (SELECT a FROM t) SELECT x1 FROM c
WITH c AS (SELECT a FROM t), e AS (SELECT a + 1 AS z FROM c) SELECT z FROM e
WITH c AS (SELECT a FROM t), e AS (SELECT missing FROM c) SELECT z FROM e
WITH c AS (SELECT missing FROM t) SELECT 1
WITH t AS (SELECT a FROM t) SELECT a FROM t
WITH t AS (SELECT a FROM t) SELECT b FROM t
WITH t AS (SELECT 1 AS one) SELECT one FROM t
WITH t AS (SELECT 1 AS one) SELECT default.t.a FROM default.t
WITH c AS (SELECT a FROM t) SELECT x.a, y.a FROM c x JOIN c y ON x.a = y.a
WITH c AS (SELECT a FROM t) SELECT a FROM c x JOIN c y ON x.a = y.a
WITH c AS (WITH e AS (SELECT a FROM t) SELECT a AS z FROM e) SELECT z FROM c
WITH c AS (SELECT 1 AS x1) SELECT * FROM (WITH c AS (SELECT 2 AS y1) SELECT y1 FROM c)
WITH c AS (SELECT 1 AS x1) SELECT * FROM (WITH c AS (SELECT 2 AS y1) SELECT x1 FROM c)
SELECT a FROM t UNION ALL SELECT a FROM u
SELECT a, b FROM t UNION SELECT a FROM u
SELECT a FROM t UNION ALL SELECT c FROM u
SELECT a AS x1 FROM t UNION ALL SELECT c FROM u ORDER BY x1
SELECT a AS x1 FROM t UNION ALL SELECT c FROM u ORDER BY c
SELECT a FROM t INTERSECT SELECT a FROM u
SELECT a FROM t EXCEPT SELECT a FROM u
SELECT a FROM t MINUS SELECT a FROM u
SELECT 1 AS one UNION ALL SELECT 2L UNION ALL SELECT 3.5
SELECT dt FROM t UNION ALL SELECT ts FROM t
SELECT d FROM t UNION ALL SELECT a FROM t
SELECT null AS z UNION ALL SELECT 'x'
(SELECT a FROM t) UNION ALL (SELECT a FROM u) ORDER BY a
SELECT a FROM t WHERE a IN (SELECT a FROM u)
SELECT a FROM t WHERE a IN (SELECT missing FROM u)
SELECT a FROM t WHERE a IN (SELECT x FROM u)
SELECT a FROM t WHERE (a, b) IN (SELECT a, b FROM u)
SELECT a FROM t WHERE NOT a IN (SELECT a FROM u)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.missing)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE c = x)
SELECT a FROM t WHERE NOT EXISTS (SELECT * FROM u WHERE u.a = q.a)
SELECT a FROM t q WHERE NOT EXISTS (SELECT * FROM u WHERE u.a = q.a)
SELECT a, (SELECT max(c) FROM u) AS m1 FROM t
SELECT a, (SELECT max(c) FROM u WHERE u.a = t.a) AS m1 FROM t
SELECT a, (SELECT max(missing) FROM u WHERE u.a = t.a) AS m1 FROM t
SELECT a FROM t WHERE x > (SELECT avg(c) FROM u)
SELECT * FROM t, LATERAL (SELECT c FROM u WHERE u.a = t.a)
SELECT * FROM t, LATERAL (SELECT c FROM u WHERE u.a = t.missing)
SELECT * FROM t JOIN LATERAL (SELECT c + x AS z FROM u) l ON true
SELECT * FROM t, (SELECT c FROM u WHERE u.a = t.a)
SELECT a, e FROM t LATERAL VIEW explode(arr) x AS e
SELECT a, x.e FROM t LATERAL VIEW explode(arr) x AS e
SELECT a, col FROM t LATERAL VIEW explode(arr) x
SELECT a, k1, v1 FROM t LATERAL VIEW explode(m) x AS k1, v1
SELECT a, key, value FROM t LATERAL VIEW explode(m) x
SELECT a, pos, col FROM t LATERAL VIEW posexplode(arr) x
SELECT a, p1, e FROM t LATERAL VIEW OUTER posexplode(arr) x AS p1, e
SELECT a, p, q FROM t LATERAL VIEW inline(arrs) x
SELECT a, e.p FROM t LATERAL VIEW explode(arrs) x AS e
SELECT a, e.missing FROM t LATERAL VIEW explode(arrs) x AS e
SELECT a, e FROM t LATERAL VIEW explode(missing) x AS e
SELECT a, e, f1 FROM t LATERAL VIEW explode(arr) x AS e LATERAL VIEW explode(array(e)) y AS f1
SELECT a, explode(arr) FROM t
SELECT a, explode(arr) AS e FROM t
SELECT a, explode(m) FROM t
SELECT a, explode(m) AS (k1, v1) FROM t
SELECT posexplode(arr) FROM t
SELECT inline(arrs) FROM t
SELECT stack(2, 'a', 1, 'b', 2) AS (k1, v1)
SELECT * FROM range(10)
SELECT id FROM range(1, 10) r
SELECT r.i FROM range(10) AS r (i)
SELECT * FROM explode(array(1, 2))
SELECT * FROM explode(array(1, 2)) AS e (z)
SELECT * FROM t, LATERAL explode(arr) AS e (z)
SELECT * FROM VALUES (1, 'a'), (2, 'b')
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS q (n1, s1)
SELECT n1 FROM VALUES (1, 'a') AS q (n1, s1)
SELECT col1, col2 FROM VALUES (1, 'a'), (2.5, 'b')
VALUES (1, 'a'), (2, 'b')
SELECT * FROM t PIVOT (sum(x) FOR b IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR b IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) AS s1 FOR b IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) AS s1, avg(x) AS s2 FOR b IN ('p' AS p1, 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x), avg(x) FOR b IN ('p' AS p1, 'q'))
SELECT a, p FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR b IN ('p', 'q'))
SELECT x FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR b IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(missing) FOR b IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR missing IN ('p', 'q'))
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR b IN ('p', 'q')) AS z
SELECT z.p FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR b IN ('p', 'q')) AS z
SELECT * FROM (SELECT a, b, x FROM t) PIVOT (sum(x) FOR a IN (1, 2))
SELECT * FROM wide UNPIVOT (amount FOR month IN (jan, feb, mar))
SELECT * FROM wide UNPIVOT (amount FOR month IN (jan AS j, feb AS f))
SELECT * FROM wide UNPIVOT INCLUDE NULLS (amount FOR month IN (jan, feb, mar))
SELECT jan FROM wide UNPIVOT (amount FOR month IN (jan, feb))
SELECT id, month, amount FROM wide UNPIVOT (amount FOR month IN (jan, feb, mar)) AS z
SELECT * FROM wide UNPIVOT (amount FOR month IN (jan, missing))
SELECT a, row_number() OVER (PARTITION BY b ORDER BY x) AS r FROM t
SELECT a, row_number() OVER (PARTITION BY missing ORDER BY x) AS r FROM t
SELECT a, row_number() OVER (PARTITION BY b ORDER BY missing) AS r FROM t
SELECT a, sum(x) OVER w AS r FROM t WINDOW w AS (PARTITION BY b)
SELECT a, sum(x) OVER w AS r FROM t WINDOW w AS (PARTITION BY missing)
SELECT a, lag(a, 1) OVER (ORDER BY dt) AS l, lead(b) OVER (ORDER BY dt) AS e FROM t
SELECT a, row_number() OVER (ORDER BY x) AS r FROM t WHERE r = 1
SELECT * FROM (SELECT a, row_number() OVER (ORDER BY x) AS r FROM t) WHERE r = 1
SELECT b, rank() OVER (ORDER BY sum(x) DESC) AS r FROM t GROUP BY b
SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END AS z FROM t
SELECT CASE a WHEN 1 THEN d ELSE 0 END AS z FROM t
SELECT CASE WHEN missing THEN 1 END FROM t
SELECT CAST(a AS STRING), CAST(b AS DECIMAL(12,4)), CAST(dt AS TIMESTAMP) FROM t
SELECT a::string AS z, b::date AS y, d::double FROM t
SELECT TRY_CAST(b AS INT) AS z, CAST(b AS ARRAY<INT>) FROM t
SELECT CAST(s AS STRUCT<u:BIGINT,w:STRING>) AS z FROM t
SELECT a BETWEEN 1 AND 2 AS z, b LIKE 'x%' AS y, b RLIKE 'x' AS w, a IN (1, 2) AS v1 FROM t
SELECT a IS NULL AS z, a IS NOT NULL AS y, NOT f AS w, a <=> 1 AS v1, a IS DISTINCT FROM 1 AS v2 FROM t
SELECT b || 'x' AS z, a % 2 AS y, a DIV 2 AS w, -a AS v1, ~a AS v2, a & 1 AS v3, a | 1 AS v4, a ^ 1 AS v5 FROM t
SELECT a + d AS z, a * d AS y, d / a AS w, a / 2 AS v1, d * d AS v2, d - 1 AS v3, x + d AS v4 FROM t
SELECT d + 1.5 AS z, d * 2 AS y, d % 3 AS w, d / 2.0 AS v1 FROM t
SELECT dt + 1 AS z, dt - dt AS y, date_add(dt, 1) AS w, datediff(dt, dt) AS v1 FROM t
SELECT dt + INTERVAL 1 DAY AS z, ts - INTERVAL 2 HOURS AS y FROM t
SELECT datediff(DAY, dt, ts) AS z, timestampadd(HOUR, 1, ts) AS y, date_add(MONTH, 1, dt) AS w FROM t
SELECT extract(YEAR FROM dt) AS z, year(dt) AS y, month(dt) AS w, date_trunc('month', ts) AS v1, trunc(dt, 'MM') AS v2 FROM t
SELECT to_date(b) AS z, to_date(b, 'yyyy') AS y, to_timestamp(b) AS w, current_date AS v1, current_date() AS v2, current_timestamp AS v3, now() AS v4 FROM t
SELECT current_user AS z, user AS y, session_user AS w, current_database() AS v1, current_catalog() AS v2
SELECT coalesce(a, 0) AS z, nvl(b, 'x') AS y, ifnull(d, 0) AS w, nullif(a, 1) AS v1, if(f, a, x) AS v2, coalesce(d, 0) AS v3 FROM t
SELECT upper(b) AS z, length(b) AS y, substring(b, 1, 2) AS w, trim(b) AS v1, concat(b, 'x') AS v2, split(b, ',') AS v3, left(b, 2) AS v4 FROM t
SELECT substring(b FROM 1 FOR 2) AS z, trim(BOTH 'x' FROM b) AS y, position('x' IN b) AS w, overlay(b PLACING 'y' FROM 1) AS v1 FROM t
SELECT round(d, 1) AS z, round(x) AS y, floor(x) AS w, ceil(d) AS v1, abs(a) AS v2, sqrt(a) AS v3, power(a, 2) AS v4, ln(x) AS v5 FROM t
SELECT greatest(a, x) AS z, least(a, n) AS y, hash(a) AS w, md5(b) AS v1, monotonically_increasing_id() AS v2 FROM t
SELECT transform(arr, e -> e + 1) AS z, filter(arr, e -> e > a) AS y, exists(arr, e -> e > 1) AS w, aggregate(arr, 0, (acc, e) -> acc + e) AS v1 FROM t
SELECT transform(arr, e -> e + missing) AS z FROM t
SELECT transform(arrs, e -> e.p) AS z FROM t
SELECT transform(arrs, e -> e.missing) AS z FROM t
SELECT size(arr) AS z, array_contains(arr, 1) AS y, element_at(arr, 1) AS w, map_keys(m) AS v1, array(1, 2) AS v2, map('a', 1) AS v3 FROM t
SELECT struct(a, b) AS z, struct(a AS p1, 1) AS y, named_struct('p', a, 'q', b) AS w FROM t
SELECT struct(a, a+1, 1, a as z, upper(b), s.p, arr[0], m['k'], s['q'], cast(a as string), t.x) AS z FROM t
SELECT struct(*) AS z FROM u
SELECT (a, b, 1) AS z FROM t
SELECT collect_list(struct(a, x * 2)) AS z FROM t
SELECT z.col2 FROM (SELECT struct(a, a + 1) AS z FROM t)
SELECT z.p1 FROM (SELECT struct(a AS p1) AS z FROM t)
SELECT z.p2 FROM (SELECT struct(a AS p1) AS z FROM t)
SELECT z.a, z.b FROM (SELECT struct(a, b) AS z FROM t)
SELECT z.p FROM (SELECT named_struct('p', a) AS z FROM t)
SELECT `a` FROM `t`
SELECT `t`.`a` FROM t
SELECT `t.a` FROM t
SELECT a AS `my col`, `my col` || 'x' FROM t
SELECT `my col` FROM (SELECT a AS `my col` FROM t)
SELECT "a" FROM t
SELECT 'a' FROM t WHERE b = "x"
SELECT a a FROM t
SELECT a AS from1 FROM t
SELECT a + 1, a * 2 FROM t
SELECT (a) FROM t
SELECT upper(b), count(*) FROM t GROUP BY upper(b)
SELECT avg(x), sum(a) + 1, max(d) FROM t
SELECT avg(x), mean(x), min(dt), max(d), collect_list(b), collect_set(b), stddev(x), variance(x) FROM t
SELECT median(x), first(a), last(a), any_value(b), max_by(a, x), min_by(b, x), count_if(f), sum(DISTINCT a) FROM t
SELECT size(arr), nvl(a, 0), upper(b), coalesce(a, x), length(b) FROM t
SELECT b, sum(x), avg(d), count(*) FROM t GROUP BY b
SELECT missing FROM (SELECT b, sum(x), avg(d), count(*) FROM t GROUP BY b)
SELECT `sum(a)` FROM (SELECT sum(a) FROM t)
SELECT `count(1)` FROM (SELECT count(*) FROM t)
SELECT `missing` FROM (SELECT sum(a) FROM t)
SELECT `(a + 1)` FROM (SELECT a + 1 FROM t)
SELECT * FROM (SELECT a, a + 1 FROM t) WHERE missing = 1
SELECT /*+ BROADCAST(u) */ t.a FROM t JOIN u ON t.a = u.a
SELECT a FROM t TABLESAMPLE (10 PERCENT) q
SELECT a FROM t LIMIT 10
FROM t SELECT a
FROM t SELECT missing
FROM t |> WHERE a > 1 |> SELECT a, b
SELECT a, -- the key
 b FROM t
SELECT a FROM (t JOIN u USING (a))
SELECT * FROM (t JOIN u ON t.a = u.a) JOIN v ON v.a = t.a
SELECT t.a FROM (t JOIN u ON t.a = u.a)
SELECT count(t.*) FROM t
SELECT to_json(struct(*)) AS z FROM u
SELECT to_json(struct(t.*)) AS z FROM t
SELECT from_json(b, 'a INT, b STRING') AS z FROM t
SELECT z.a FROM (SELECT from_json(b, 'a INT, b STRING') AS z FROM t)
SELECT get_json_object(b, '$.a') AS z FROM t
SELECT window(ts, '1 hour') AS w, count(*) FROM t GROUP BY window(ts, '1 hour')
SELECT window.start, count(*) FROM t GROUP BY window(ts, '1 hour')
SELECT input_file_name() AS z FROM t
SELECT _metadata.file_path FROM t
SELECT max(a) AS a FROM t HAVING a > 1
SELECT a AS b, b AS a FROM t ORDER BY a
SELECT a AS b FROM t GROUP BY b
SELECT a, a FROM t ORDER BY a
SELECT t.a, u.a FROM t JOIN u ON t.a = u.a ORDER BY a
SELECT t.a, u.a FROM t JOIN u ON t.a = u.a ORDER BY t.a
SELECT t.a, u.a FROM t JOIN u ON t.a = u.a HAVING a > 1
SELECT t.a, count(*) FROM t JOIN u ON t.a = u.a GROUP BY t.a HAVING a > 1
SELECT a AS z, b AS z FROM t ORDER BY z
SELECT a AS z, z + 1 AS z, z FROM t
SELECT a AS z, b AS z, z FROM t
WITH c1 AS (SELECT DISTINCT (jan), jan FROM wide total1) SELECT jan FROM c1
SELECT a FROM (SELECT a, a FROM t UNION ALL SELECT a, a FROM u)
SELECT a FROM (SELECT a, a FROM t UNION ALL SELECT a, c FROM u)
WITH c AS (SELECT a, a FROM t UNION SELECT a, a FROM u) SELECT a FROM c
SELECT a FROM (SELECT a, a FROM t EXCEPT SELECT a, a FROM u)
SELECT a FROM (SELECT a, a FROM t INTERSECT SELECT a, a FROM u)
SELECT a FROM (SELECT t.a, u.a FROM t JOIN u ON t.a = u.a UNION ALL SELECT a, a FROM u)
WITH c AS (SELECT a, a AS z FROM t) SELECT z FROM c WHERE a = 1
SELECT x.a FROM (SELECT a, a FROM t) x
SELECT a, count(*) FROM (SELECT a, a FROM t) GROUP BY a
SELECT a FROM (SELECT a, a + 1 AS a FROM t)
SELECT a FROM (SELECT *, a FROM t)
SELECT a FROM (SELECT *, t.* FROM t)
INSERT INTO u SELECT a, x, b FROM t
INSERT INTO u (a, c, b) SELECT a, x, b FROM t
INSERT INTO u (a, missing) SELECT a, x FROM t
INSERT INTO u (a, c) SELECT a FROM t
INSERT INTO u SELECT a, x, missing FROM t
INSERT OVERWRITE u SELECT a, x, b FROM t
INSERT INTO u VALUES (1, 2.0, 'x')
CREATE OR REPLACE TEMPORARY VIEW z1 AS SELECT a, missing FROM t
CREATE TABLE z2 USING parquet AS SELECT missing FROM t
CREATE TABLE z2 USING parquet AS SELECT a, b FROM t
"""

# Databricks' own, so that Spark's parser can't judge: each with a page of its SQL manual.
DATABRICKS = """
SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY x) = 1
SELECT a, row_number() OVER (ORDER BY x) AS r FROM t QUALIFY r = 1
SELECT b:path.to FROM t
SELECT a FROM u UNION BY NAME SELECT a FROM v
MERGE INTO u USING t ON u.a = t.a WHEN MATCHED THEN UPDATE SET u.c = t.x WHEN NOT MATCHED THEN INSERT (a, c) VALUES (t.a, t.x)
MERGE INTO u USING t ON u.a = t.a WHEN NOT MATCHED BY SOURCE AND c > 1 THEN DELETE
UPDATE u SET c = 1 WHERE b = 'x'
DELETE FROM u WHERE b = 'x'
"""


def programs(text: str = PROGRAMS) -> list[str]:
    """The statements: one a line; a line that begins with a blank goes on the one before."""
    found: list[str] = []
    for line in text.strip("\n").split("\n"):
        if line.startswith(" "):
            found[-1] += "\n" + line
        elif line.strip():
            found.append(line)
    return found
