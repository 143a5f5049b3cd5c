"""Step Functions Distributed Map: ItemBatcher and ResultWriter.

Batches are `{"Items": [...], "BatchInput": ...}`. Results go to `PREFIX/RUN-ID/SUCCEEDED_0.json` and `FAILED_0.json`
with a `manifest.json`, and the state's result names the manifest.
Source: Step Functions Developer Guide, "ItemBatcher (Map)", "ResultWriter (Map)" (verified 2026-11-23).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ministack.services import s3, stepfunctions

State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    definition: State
    raw_input: Any
    effective: Any
    iterator: Any
    execution: Any
    context: Any


def install() -> None:
    """Wrap the emulator's distributed map."""
    original = stepfunctions._run_distributed_map

    def run(*arguments: Any) -> Any:
        names = ("definition", "raw_input", "effective", "iterator", "execution", "context")
        batched = _batched(_Run(**dict(zip(names, arguments, strict=True))))
        if not batched.definition.get("ResultWriter"):
            return original(*_arguments(batched))
        before = set(stepfunctions._map_runs)
        _, following = original(*_arguments(_bare(batched)))
        made = (set(stepfunctions._map_runs) - before).pop()
        return _written(batched, str(made)), following

    stepfunctions._run_distributed_map = run


def _arguments(run: _Run) -> tuple[Any, ...]:
    return (run.definition, run.raw_input, run.effective, run.iterator, run.execution, run.context)


def _with(run: _Run, definition: State, effective: Any) -> _Run:
    return _Run(
        definition=definition,
        raw_input=run.raw_input,
        effective=effective,
        iterator=run.iterator,
        execution=run.execution,
        context=run.context,
    )


def _bare(run: _Run) -> _Run:
    left_out = ("ResultSelector", "ResultPath", "OutputPath")
    return _with(run, {key: value for key, value in run.definition.items() if key not in left_out}, run.effective)


def _batched(run: _Run) -> _Run:
    batcher = run.definition.get("ItemBatcher")
    if not batcher:
        return run
    definition = dict(run.definition)
    items = _items(run, definition)
    size = int(batcher.get("MaxItemsPerBatch") or len(items) or 1)
    shared = stepfunctions._resolve_params_obj(batcher.get("BatchInput") or {}, run.effective, run.context)
    extra = {"BatchInput": shared} if shared else {}
    batches = [{"Items": items[start : start + size], **extra} for start in range(0, len(items), size)]
    definition["ItemsPath"] = "$.batches"
    return _with(run, definition, {"batches": batches})


def _items(run: _Run, definition: State) -> list[Any]:
    """The items of the map; takes what made them out of the definition."""
    reader = definition.pop("ItemReader", None)
    if reader:
        items = stepfunctions._read_map_items(reader, run.effective, run.context)
    else:
        path = definition.get("ItemsPath", "$")
        items = stepfunctions._resolve_path_or_ctx(path, run.effective, run.context)
    selector = definition.pop("ItemSelector", None) or definition.pop("Parameters", None)
    if not selector:
        return list(items)
    return [
        stepfunctions._resolve_params_obj(
            selector, run.effective, {**run.context, "Map": {"Item": {"Index": index, "Value": value}}}
        )
        for index, value in enumerate(items)
    ]


def _written(run: _Run, map_run: str) -> Any:
    writer = run.definition["ResultWriter"]
    declared = writer.get("Parameters") or writer.get("Arguments") or {}
    place = stepfunctions._resolve_params_obj(declared, run.raw_input, run.context)
    folder = "/".join(part for part in (place.get("Prefix", "").strip("/"), map_run.rsplit(":", 1)[1]) if part)
    files = {status: _write_results(place["Bucket"], folder, map_run, status) for status in ("FAILED", "SUCCEEDED")}
    manifest = {
        "DestinationBucket": place["Bucket"],
        "MapRunArn": map_run,
        "ResultFiles": {"FAILED": files["FAILED"], "PENDING": [], "SUCCEEDED": files["SUCCEEDED"]},
    }
    key = f"{folder}/manifest.json"
    s3._put_object(place["Bucket"], key, json.dumps(manifest).encode(), {})
    details = {"MapRunArn": map_run, "ResultWriterDetails": {"Bucket": place["Bucket"], "Key": key}}
    selected = stepfunctions._apply_result_selector(run.definition, details)
    placed = stepfunctions._apply_result_path(run.definition, run.raw_input, selected)
    return stepfunctions._apply_output_path(run.definition, placed, run.context)


def _write_results(bucket: str, folder: str, map_run: str, status: str) -> list[dict[str, Any]]:
    executions = [each for each in list(stepfunctions._executions.values()) if each.get("mapRunArn") == map_run]
    rows = [
        {
            "ExecutionArn": each["executionArn"],
            "Input": each["input"],
            "Output": each["output"],
            "Name": each["name"],
            "Status": status,
        }
        for each in executions
        if each["status"] == status
    ]
    if not rows:
        return []
    content = json.dumps(rows).encode()
    key = f"{folder}/{status}_0.json"
    s3._put_object(bucket, key, content, {})
    return [{"Key": key, "Size": len(content)}]
