Write-Output "nothing to build"
