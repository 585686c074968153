"""What MLflow's registry says of the addresses and calls that the checks speak of."""

from __future__ import annotations

import pytest

mlflow = pytest.importorskip("mlflow")

from mlflow.entities.model_registry import ModelVersion  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store._unity_catalog.registry.rest_store import UcModelRegistryStore  # noqa: E402
from mlflow.store.artifact.utils.models import _parse_model_uri  # noqa: E402

from mlcheck.flow.model_uris import model_uri  # noqa: E402
from mlcheck.flow.values import Const  # noqa: E402


@pytest.fixture
def unity_catalog(monkeypatch: pytest.MonkeyPatch) -> UcModelRegistryStore:
    monkeypatch.setenv("DATABRICKS_HOST", "https://workspace.example.com")
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    return UcModelRegistryStore("databricks-uc", "databricks")


@pytest.mark.parametrize("stages", [None, ["Production"]])
def test_unity_catalog_has_no_latest_version_of_a_stage(
    unity_catalog: UcModelRegistryStore, stages: list[str] | None
) -> None:
    with pytest.raises(MlflowException, match="Method 'get_latest_versions' is unsupported for models in the Unity"):
        unity_catalog.get_latest_versions("main.ml.demand", stages)


def test_unity_catalog_has_no_stage_to_move_to(unity_catalog: UcModelRegistryStore) -> None:
    with pytest.raises(
        MlflowException, match="'transition_model_version_stage' is unsupported for models in the Unity"
    ):
        unity_catalog.transition_model_version_stage("main.ml.demand", "1", "Production", False)


def test_unity_catalog_takes_no_order(unity_catalog: UcModelRegistryStore) -> None:
    with pytest.raises(MlflowException, match="Argument 'order_by' is unsupported for models in the Unity Catalog"):
        unity_catalog.search_model_versions("name='main.ml.demand'", order_by=["version_number DESC"])


@pytest.mark.parametrize(
    "address",
    ["models:/a.b.c/12", "models:/a.b.c/latest", "models:/a.b.c/Latest", "models:/a.b.c/Production",
     "models:/a.b.c/champion", "models:/a.b.c@champion", "models:/m-0123"],
)  # fmt: skip
def test_an_address_is_read_as_mlflow_reads_it(address: str) -> None:
    theirs, ours = _parse_model_uri(address), model_uri(Const(address))
    assert ours is not None
    expected = (
        ("id", "")
        if theirs.model_id
        else ("version", theirs.version)
        if theirs.version
        else ("stage", theirs.stage)
        if theirs.stage
        else ("alias", theirs.alias)
        if theirs.alias
        else ("latest", ours.suffix)
    )
    assert (ours.kind, ours.suffix) == expected
    assert theirs.model_id or ours.name == theirs.name


def test_the_largest_version_by_its_string_is_not_the_newest() -> None:
    versions = [ModelVersion("a.b.c", version, 0) for version in ("9", "10")]
    assert max(versions, key=lambda version: version.version).version == "9"
    assert max(versions, key=lambda version: int(version.version)).version == "10"


def test_a_registered_model_of_unity_catalog_has_no_latest_versions() -> None:
    from mlflow.protos.databricks_uc_registry_messages_pb2 import RegisteredModel
    from mlflow.utils._unity_catalog_utils import registered_model_from_uc_proto

    assert registered_model_from_uc_proto(RegisteredModel(name="a.b.c")).latest_versions is None
