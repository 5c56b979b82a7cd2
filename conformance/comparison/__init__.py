"""Two live targets held against each other: where do they answer the same request differently?"""
