"""OpenAI's own client against a Brooklet that has ollama-sim behind it.

    BROOKLET_KEY=… python openai_client.py http://127.0.0.1:3000

Each function is one thing that a program does; an assertion that does not hold ends the program with an error.
Not here: each field and each fault, which are the matter of tests/http/openai*.rs.
"""

import asyncio
import os
import sys

import openai

KEY = os.environ.get("BROOKLET_KEY", "none")

QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


def models(client):
    listed = [model.id for model in client.models.list()]
    assert "qwen3" in [name.split(":")[0] for name in listed], listed
    assert client.models.retrieve("qwen3").object == "model"
    error = raised(openai.NotFoundError, lambda: client.models.retrieve("hf.co/some/model:Q4"))
    assert "hf.co/some/model:Q4" in error.message, error.message


def whole(client):
    answer = client.chat.completions.create(model="sim:tokens=20,thinking=5", messages=QUESTION)
    choice = answer.choices[0]
    assert choice.finish_reason == "stop", choice
    assert choice.message.role == "assistant" and choice.message.content, choice
    assert choice.message.reasoning_content, choice
    usage = answer.usage
    assert usage.completion_tokens == 25, usage
    assert usage.total_tokens == usage.prompt_tokens + 25, usage


def stream(client):
    model = "sim:tokens=40,rate=400"
    expected = client.chat.completions.create(model=model, messages=QUESTION)
    chunks = client.chat.completions.create(
        model=model, messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = chunks
    assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == expected.choices[0].message.content, text
    assert len(chunks) > 5, "it comes as it is written"
    assert [it for chunk in chunks if (it := chunk.choices[0].finish_reason)] == ["stop"]
    assert last.choices == [] and last.usage == expected.usage, last


def helper(client):
    """The client's own reducer of a stream, which is strict about its form."""
    with client.chat.completions.stream(model="sim:tokens=10", messages=QUESTION) as events:
        done = [event for event in events if event.type == "content.done"]
        answer = events.get_final_completion()
    assert len(done) == 1 and done[0].content == answer.choices[0].message.content


def tools(client):
    model = "sim:tokens=5,tool"
    answer = client.chat.completions.create(model=model, messages=QUESTION, tools=TOOLS)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls", choice
    (call,) = choice.message.tool_calls
    assert call.function.name == "get_weather" and call.function.arguments == '{"city":"Paris"}', call
    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    messages = [*QUESTION, choice.message, result]
    answer = client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
    assert answer.choices[0].finish_reason == "stop", answer
    with client.chat.completions.stream(model=model, messages=QUESTION, tools=TOOLS) as events:
        (streamed,) = events.get_final_completion().choices[0].message.tool_calls
    assert streamed.function.arguments == call.function.arguments, streamed


def errors(client):
    def ask(model, **more):
        return client.chat.completions.create(model=model, messages=QUESTION, **more)

    error = raised(openai.NotFoundError, lambda: ask("no-such-model"))
    assert error.code == "model_not_found" and error.param == "model", error
    error = raised(openai.BadRequestError, lambda: ask("sim:tokens=1", n=2))
    assert error.param == "n" and error.type == "invalid_request_error", error
    error = raised(openai.InternalServerError, lambda: ask("sim:fault=crash500"))
    assert error.status_code == 502, error
    error = raised(openai.APIError, lambda: list(ask("sim:tokens=20,fault=error@10", stream=True)))
    assert error.code == "upstream_error", error
    if KEY != "none":
        stranger = client.with_options(api_key="brooklet_wrong")
        error = raised(openai.AuthenticationError, lambda: list(stranger.models.list()))
        assert error.code == "invalid_api_key", error


def raised(kind, call):
    """The error that the call has to end with."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


async def at_once(client):
    """Several answers at the same time, of which one is left in its midst."""

    async def one(tokens):
        chunks = await client.chat.completions.create(
            model=f"sim:tokens={tokens},rate=500", messages=QUESTION, stream=True
        )
        return [chunk async for chunk in chunks][-1].choices[0].finish_reason

    async def left():
        chunks = await client.chat.completions.create(
            model="sim:tokens=100000,rate=100", messages=QUESTION, stream=True
        )
        async for _ in chunks:
            break
        await chunks.close()

    *reasons, _ = await asyncio.gather(one(10), one(20), one(30), left())
    assert reasons == ["stop"] * 3, reasons


async def asynchronous(settings):
    async with openai.AsyncOpenAI(**settings) as client:
        assert [model async for model in client.models.list()]
        await at_once(client)


def main():
    # A second try would hide a failure.
    settings = {"base_url": f"{sys.argv[1]}/v1", "api_key": KEY, "max_retries": 0, "timeout": 60}
    with openai.OpenAI(**settings) as client:
        for part in (models, whole, stream, helper, tools, errors):
            part(client)
    asyncio.run(asynchronous(settings))
    print(f"openai {openai.__version__}: all is well")


main()
