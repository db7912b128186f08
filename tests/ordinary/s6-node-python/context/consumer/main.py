import paho.mqtt.client as m, psutil
c = m.Client()
c.connect("localhost")
c.loop_forever()
