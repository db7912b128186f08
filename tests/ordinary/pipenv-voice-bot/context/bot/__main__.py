import os
from aiogram import Bot, Dispatcher, executor, types
from .voice import to_mp3

bot = Bot(os.environ["BOT_TOKEN"])
dp = Dispatcher(bot)


@dp.message_handler(content_types=["voice"])
async def voice(message: types.Message):
    path = f"/data/{message.voice.file_id}.ogg"
    await message.voice.download(destination_file=path)
    await message.reply_audio(open(to_mp3(path), "rb"))

executor.start_polling(dp)
