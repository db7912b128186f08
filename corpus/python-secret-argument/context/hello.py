import os

import inflection

print(os.environ["GREETING"], inflection.pluralize("octopus"))
