console.log('crm')
