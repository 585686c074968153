"""Functions of Python that Spark calls for each row: what they give is of the type that is declared for them.

Source: pyspark 4.0.1, `udf`, `pandas_udf` and `UDFRegistration.register`, read; mlflow 3.17, `spark_udf`, read.
"""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames.expr import Opaque
from mlcheck.flow.frames.schema import Schema, unknown
from mlcheck.flow.frames.values import ColumnValue
from mlcheck.flow.spark_columns import argument_spot, column, given_spot, type_of
from mlcheck.flow.spark_frames import frame
from mlcheck.flow.spark_tables import declared
from mlcheck.flow.values import NONE, Const, Function, Lib, Obj, OneOf, Value

UDF = "pyspark.udf"
_MAKER = "pyspark.udf.maker"
Maybe = Value | None


def udf(call: Call, f: Maybe, returnType: Maybe) -> Value:
    """`udf(f, type)`; with no function, what makes one: `@udf("double")`, `@udf(returnType=…)`."""
    if f is None or isinstance(f, (Const, Obj)) or (isinstance(f, Lib) and f.name.endswith("Type")):
        given = returnType if f is None or f == NONE else f
        return Obj(_MAKER, {"type": given} if given is not None else {}, call.it.birth())
    _look_into(call, f)
    return _udf(call, returnType, call.target.endswith(".udf"))


def made(call: Call, f: Maybe) -> Value:
    """What `@udf("double")` makes of a function."""
    if f is not None:
        _look_into(call, f)
    return _udf(call, call.receiver.data.get("type") if call.receiver is not None else None, False)


def registered(call: Call, name: Maybe, f: Maybe, returnType: Maybe) -> Value:
    if isinstance(f, Obj) and f.cls == UDF:
        return f
    if f is not None:
        _look_into(call, f)
    return _udf(call, returnType, True)


def _udf(call: Call, given: Maybe, is_string: bool) -> Obj:
    kind = type_of(given) if given not in (None, NONE) else None
    text = str(kind) if kind is not None else ("string" if given in (None, NONE) and is_string else "?")
    return Obj(UDF, {"type": Const(text)}, call.it.birth())


def _look_into(call: Call, function: Value) -> None:
    """The function runs, with anything."""
    from mlcheck.flow.calls import perhaps

    for option in function.options if isinstance(function, OneOf) else (function,):
        if isinstance(option, Function):
            perhaps(call.it, option, call.node, call.target)


def called(call: Call) -> Value:
    """A column that a function of Python computes of others."""
    spot = given_spot(call)
    kind = type_of(call.receiver.data.get("type")) if call.receiver is not None else None
    args = tuple(column(one, argument_spot(call, i, "")) for i, one in enumerate(call.arguments.positional))
    return ColumnValue("a column", (), Opaque("what a function of Python gives", spot, kind, args))


def mapped(call: Call, func: Maybe, schema: Maybe) -> Value:
    """`mapInPandas(f, schema)`, `applyInPandas(f, schema)`: the columns that are declared."""
    if func is not None:
        _look_into(call, func)
    known: Schema | None = declared(schema)
    return frame(call, known or unknown("a schema that is not known", argument_spot(call, 1, "schema")))


TRANSFERS: Transfers = {
    "pyspark.sql.functions.udf": udf,
    "pyspark.sql.functions.pandas_udf": udf,
    "pyspark.sql.SparkSession.udf.register": registered,
    f"{_MAKER}.__call__": made,
    f"{UDF}.__call__": called,
    "pyspark.sql.DataFrame.mapInPandas": mapped,
    "pyspark.sql.DataFrame.mapInArrow": mapped,
    "pyspark.sql.GroupedData.applyInPandas": mapped,
    "pyspark.sql.GroupedData.applyInArrow": mapped,
}
