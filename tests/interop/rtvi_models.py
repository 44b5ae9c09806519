"""Lets Pipecat's own models judge RTVI messages, and makes messages of them.

Reads {"messages": [...]} from stdin: what our bots send. Writes to stdout:

- judged: for each of them whether its model takes it, and which of its fields no model knows;
- made: messages of every type, as their models write them, each in several variants;
- fields: the names of all fields that a bot's messages have, by type.
"""

import dataclasses
import inspect
import json
import re
import sys
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

import pipecat.metrics.metrics as measured
import pipecat.processors.frameworks.rtvi.models as models
from pipecat.processors.frameworks.rtvi.observer import RTVIObserver
from pipecat.processors.frameworks.rtvi.processor import RTVIProcessor
from pipecat.services.google import rtvi as google

CLIENT_DATA = {
    "client-ready": models.ClientReadyData,
    "client-message": models.RawClientMessageData,
    "send-text": models.SendTextData,
    "send-file": models.SendFileData,
    "dtmf": models.DTMFInputData,
    "llm-function-call-result": models.LLMFunctionCallResultData,
    "ui-event": models.UIEventData,
    "ui-snapshot": models.UISnapshotData,
    "ui-cancel-job-group": models.UICancelJobGroupData,
}
# What the processor reads without a model: these are the fields that it takes by name.
PLAIN_CLIENT_DATA = {
    "disconnect-bot": [None, {}],
    "raw-audio": [{"base64Audio": "AAAA", "sampleRate": 16000, "numChannels": 1}],
    "raw-audio-batch": [{"base64AudioBatch": ["AAAA", "AAAA"], "sampleRate": 8000, "numChannels": 2}],
}


def message_models() -> dict[str, type[BaseModel]]:
    """The model of each message that a bot sends, by its type."""
    found = {}
    for value in [*vars(models).values(), *vars(google).values()]:
        if not inspect.isclass(value) or not issubclass(value, BaseModel):
            continue
        field = value.model_fields.get("type")
        if field is None or "label" not in value.model_fields:
            continue
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
            found[get_args(field.annotation)[0]] = value
    return {name: model for name, model in found.items() if name not in CLIENT_DATA}


def client_types() -> set[str]:
    """The types that the processor reads, of its own source."""
    source = inspect.getsource(RTVIProcessor._handle_message)
    cases = re.findall(r"case ([^:]+):", source)
    return {name for case in cases for name in re.findall(r'"([\w-]+)"', case)}


def models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of this type may be."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_of(part)]


def unknown_fields(value: Any, annotation: Any, path: str = "") -> list[str]:
    """The fields of a value that no model of this type knows: pydantic drops them without a word."""
    if isinstance(value, list):
        return [
            unknown for item in value for unknown in unknown_fields(item, annotation, f"{path}[]")
        ]
    candidates = models_of(annotation)
    if not isinstance(value, dict) or not candidates:
        return []
    if any(model.model_config.get("extra") == "allow" for model in candidates):
        return []
    unknown = []
    for name, item in value.items():
        known = [m.model_fields[name].annotation for m in candidates if name in m.model_fields]
        if not known:
            unknown.append(f"{path}.{name}")
        for inner in known:
            unknown += unknown_fields(item, inner, f"{path}.{name}")
    return list(dict.fromkeys(unknown))


def judge(message: dict) -> dict:
    """What the model of a message says of it."""
    name = message.get("type")
    model = message_models().get(name)
    if model is None:
        return {"type": name, "problem": "Pipecat has no model of it", "unknown": []}
    try:
        model.model_validate(message)
    except ValidationError as error:
        return {"type": name, "problem": str(error), "unknown": []}
    # Pipecat's own messages have an id only where they answer one.
    unknown = [field for field in unknown_fields(message, model) if field != ".id"]
    return {"type": name, "problem": None, "unknown": unknown}


def values(annotation: Any, full: bool) -> list[Any]:
    """Values of a type, one for each form that it can have."""
    origin = get_origin(annotation)
    if annotation is Any:
        return ["text", 1.5, None, {"nested": [True, None]}] if full else ["text"]
    if origin is Literal:
        return list(get_args(annotation))
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return [value for part in parts for value in values(part, full)]
    if origin is list:
        return [values(get_args(annotation)[0], full)]
    if annotation is dict or origin in (dict, Mapping):
        return [{"key": "value", "list": [1, None]}]
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return variants(annotation, full)
    if dataclasses.is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return [{name: values(hint, full)[0] for name, hint in hints.items()}]
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return [member.value for member in annotation]
    return {str: ["text"], int: [1], float: [0.5], bool: [True, False]}[annotation]


def variants(model: type[BaseModel], full: bool, depth: int = 0) -> list[dict]:
    """Fields of a model: all that it can have, or those that it must; one dict for each form."""
    chosen = {}
    for name, field in model.model_fields.items():
        if not full and not field.is_required():
            continue
        if models_of(field.annotation) == [model]:  # a tree: one level will do
            continue
        chosen[name] = values(field.annotation, full)
    count = max([len(each) for each in chosen.values()], default=1)
    return [
        {name: each[at % len(each)] for name, each in chosen.items()} for at in range(count)
    ]


def dumps(model: type[BaseModel], exclude_none: tuple[bool, ...]) -> list[dict]:
    """What a model writes, with and without its nulls."""
    made = []
    for full in (False, True):
        for fields in variants(model, full):
            instance = model.model_validate(fields)
            for without in exclude_none:
                dumped = instance.model_dump(mode="json", exclude_none=without)
                if dumped not in made:
                    made.append(dumped)
    return made


def is_half(message: dict) -> bool:
    """Whether it is a line of the bot as the model allows it and no observer sends it."""
    return message["type"] == "bot-output" and "segment_id" not in message["data"]


def field_names(annotation: Any, path: str = "") -> list[str]:
    """All fields of a type, as paths."""
    names = []
    for model in models_of(annotation):
        for name, field in model.model_fields.items():
            here = f"{path}.{name}"
            names.append(here)
            if models_of(field.annotation) != [model]:
                names += field_names(field.annotation, here)
    return list(dict.fromkeys(names))


def main() -> None:
    missing = client_types() ^ {*CLIENT_DATA, *PLAIN_CLIENT_DATA}
    assert not missing, f"The processor reads other types than this script: {missing}"
    asked = json.load(sys.stdin)
    client = [
        {"type": name, "data": data}
        for name, model in CLIENT_DATA.items()
        for data in dumps(model, (True, False))
    ]
    client += [
        {"type": name, "data": data} for name, all in PLAIN_CLIENT_DATA.items() for data in all
    ]
    # Of metrics the model says nothing: these are the lists that the observer fills.
    metrics = {
        "ttfb": measured.TTFBMetricsData,
        "ttfa": measured.TTFAMetricsData,
        "ttfat": measured.TTFATMetricsData,
        "processing": measured.ProcessingMetricsData,
        "tokens": measured.LLMTokenUsage,
        "stt_usage": measured.STTUsageMetricsData,
        "characters": measured.TTSUsageMetricsData,
    }
    lists = set(re.findall(r'metrics\["(\w+)"\]', inspect.getsource(RTVIObserver._handle_metrics)))
    assert lists == {*metrics}, f"The observer fills other lists than this script: {lists}"
    # A bot sends no nulls: `push_transport_message` leaves them out.
    server = [
        message
        for name, model in message_models().items()
        for message in dumps(model, (True,))
        if name != "metrics" and not is_half(message)
    ]
    server += [
        {"label": models.MESSAGE_LABEL, "type": "metrics", "data": {name: [made]}}
        for name, model in metrics.items()
        for made in dumps(model, (True,))
    ]
    json.dump(
        {
            "version": models.PROTOCOL_VERSION,
            "judged": [judge(message) for message in asked["messages"]],
            "made": {"client": client, "server": server},
            "fields": {
                name: field_names(model.model_fields["data"].annotation)
                for name, model in message_models().items()
                if "data" in model.model_fields
            },
        },
        sys.stdout,
    )


main()
