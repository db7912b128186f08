import subprocess
import tempfile
import cv2
import dlib
import yaml

cfg = yaml.safe_load(open("config/config.yml"))
detector = dlib.get_frontal_face_detector()
predictor = dlib.shape_predictor("models/shape_predictor_68_face_landmarks.dat")

def faces(video):
    with tempfile.TemporaryDirectory() as d:
        subprocess.check_call(["ffmpeg", "-i", video, "-vf", f"fps={cfg['fps']}", f"{d}/%04d.png"])
        img = cv2.imread(f"{d}/0001.png")
        return [str(predictor(img, r).part(0)) for r in detector(img)]
