module example.org/mediad

go 1.20

require (
	github.com/h2non/bimg v1.1.9
	gopkg.in/yaml.v3 v3.0.1
)
