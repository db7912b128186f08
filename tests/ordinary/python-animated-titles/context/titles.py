from moviepy.editor import TextClip

TextClip("Chapter one", fontsize=60, color="white").set_duration(2).write_videofile("/out/title.mp4", fps=24)
