import os, yaml, logging
from aiogram import Bot, Dispatcher, executor, types
from pydub import AudioSegment
from PIL import Image, ImageDraw, ImageFont
import speech_recognition as sr
cfg = yaml.safe_load(open("config.yml"))
bot = Bot(os.environ["BOT_TOKEN"]); dp = Dispatcher(bot)
FONT = ImageFont.truetype("/usr/share/fonts/bot/Roboto-Regular.ttf", 24)
@dp.message_handler(content_types=["voice"])
async def voice(m: types.Message):
    p = f"voice/{m.voice.file_id}.ogg"
    await m.voice.download(destination_file=p)
    AudioSegment.from_ogg(p).export(p + ".wav", format="wav")
    r = sr.Recognizer()
    with sr.AudioFile(p + ".wav") as src:
        await m.reply(r.recognize_google(r.record(src), language=cfg["lang"]))
if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG if cfg["debug"] else logging.INFO)
    executor.start_polling(dp)
