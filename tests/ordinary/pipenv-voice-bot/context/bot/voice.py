from pathlib import Path
from pydub import AudioSegment

JINGLE = Path(__file__).parent.parent / "sounds" / "jingle.wav"


def to_mp3(path):
    out = path.replace(".ogg", ".mp3")
    (AudioSegment.from_file(JINGLE) + AudioSegment.from_file(path)).export(out, format="mp3")
    return out
