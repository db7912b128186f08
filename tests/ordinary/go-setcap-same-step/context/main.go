package main

import (
	"fmt"
	"net"
)

func main() {
	socket, err := net.ListenPacket("udp", ":69")
	if err != nil {
		panic(err)
	}
	fmt.Println(socket.LocalAddr())
	select {}
}
