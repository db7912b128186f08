from fastapi import FastAPI

app = FastAPI(title="Units")


def fahrenheit(celsius: float) -> float:
    return celsius * 9 / 5 + 32


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "up"}


@app.get("/fahrenheit/{celsius}")
def convert(celsius: float) -> dict[str, float]:
    return {"fahrenheit": fahrenheit(celsius)}
