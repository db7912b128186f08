package config

import (
	"os"

	"gopkg.in/yaml.v3"
)

type Config struct {
	Listen  string `yaml:"listen"`
	Tracker string `yaml:"tracker"`
}

func Load(path string) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Config{}
	return c, yaml.Unmarshal(b, c)
}
