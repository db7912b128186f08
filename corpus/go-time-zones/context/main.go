// clock prints one moment as it is read in several places, its own first.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	moment := time.Unix(1700000000, 0)
	fmt.Println(moment.Format(time.RFC3339))
	places := os.Args[1:]
	if len(places) == 0 {
		places = []string{"Europe/Lisbon"}
	}
	for _, place := range places {
		zone, err := time.LoadLocation(place)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(moment.In(zone).Format(time.RFC3339))
	}
}
